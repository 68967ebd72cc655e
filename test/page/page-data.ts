import type { Report } from '../../src/core/report/model.js';
import { type ReportData, readReport } from '../../src/page/data/report-data.js';
import { PayloadBuilder, type PayloadOptions } from '../../src/render/html/payload-builder.js';

/** The data of a page of the report. */
export function pageData(report: Report, options?: PayloadOptions): Promise<ReportData> {
  const { connections, ...summary } = report;
  const builder = new PayloadBuilder(options);
  for (const connection of connections) builder.add(connection);
  return readReport(builder.packed({ summary, topConnections: [] }));
}
