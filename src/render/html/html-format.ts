import type { FormatOptions, ReportFormat, WriteText } from '../report-format.js';
import { PayloadBuilder } from './payload-builder.js';
import { writePage } from './write-page.js';

/** A page for a browser that holds the report and needs no server. Written as a whole at the end. */
export function htmlFormat(write: WriteText, options: Pick<FormatOptions, 'redact'> = {}): ReportFormat {
  const builder = new PayloadBuilder({ redact: options.redact });
  return {
    connection(c, nameBytes = null) {
      builder.add(c, nameBytes);
    },
    finish(end) {
      writePage(builder.packed(end), write);
    },
  };
}
