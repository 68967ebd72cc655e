import type { ReportSummary } from '../../core/report/model.js';
import type { CsvCells } from './view.js';

type Durations = NonNullable<ReportSummary['dns']>['latency_ms'];

/** Cells for durations: `rtt_count`, `rtt_min_ms` and so on. */
export function durationCells<Row>(name: string, read: (row: Row) => Durations): CsvCells<Row> {
  return {
    [`${name}_count`]: (row) => read(row).count,
    [`${name}_min_ms`]: (row) => read(row).min,
    [`${name}_median_ms`]: (row) => read(row).median,
    [`${name}_p95_ms`]: (row) => read(row).p95,
    [`${name}_max_ms`]: (row) => read(row).max,
  };
}
