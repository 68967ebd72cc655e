import type { ReportSummary } from '../../core/report/model.js';
import { bytesText, rateText } from '../quantities.js';
import { amountColumn, bytesColumn, countColumn, firstTexts, textColumn } from './columns.js';
import { momentWriter } from './moments.js';
import { keyCells, type View } from './view.js';

/** Traffic in one bucket of the timeline. */
export interface TimelineRow {
  /** When the bucket begins, seconds since the Unix epoch. */
  time: number;
  /** Its width in seconds. */
  interval: number;
  bytes: number;
  packets: number;
  /** Connections whose first and last packet lies in it. */
  connections_begun: number;
  connections_ended: number;
  /** Those with traffic in it, most bytes first. */
  labels: { label: string; bytes: number; packets: number }[];
}

/** Labels shown of each bucket. */
const LABELS_SHOWN = 3;

export const timelineView: View<TimelineRow> = {
  name: 'timeline',
  rows: timelineRows,
  columns: (summary) => {
    const interval = summary.timeline?.interval ?? 1;
    const moment = momentWriter(summary, interval < 1 ? 3 : 0);
    return [
      textColumn('Time', ({ time }) => moment(time), Number.POSITIVE_INFINITY),
      bytesColumn('bytes', ({ bytes }) => bytes),
      amountColumn('rate', ({ bytes }) => (bytes === 0 ? '' : `${rateText((bytes * 8) / interval)}bit/s`), {
        expendable: 1,
      }),
      countColumn('packets', ({ packets }) => packets),
      countColumn('begun', (row) => row.connections_begun, { expendable: 2 }),
      countColumn('ended', (row) => row.connections_ended, { expendable: 2 }),
      textColumn('labels', ({ labels }) => firstTexts(labels.map(labelText), LABELS_SHOWN), 16),
    ];
  },
  cells: {
    ...keyCells<TimelineRow>('time', 'interval', 'bytes', 'packets', 'connections_begun', 'connections_ended'),
    labels: ({ labels }) => labels.map(({ label, bytes }) => `${label}:${bytes}`),
  },
};

function labelText({ label, bytes }: { label: string; bytes: number }): string {
  return `${label} ${bytesText(bytes)}`;
}

function timelineRows({ timeline }: ReportSummary): TimelineRow[] {
  if (timeline === null) return [];
  const { start, interval, total, begun, ended } = timeline;
  return total.bytes.map((bytes, i) => ({
    // The sum of doubles is not exact.
    time: Math.round((start + i * interval) * 1e6) / 1e6,
    interval,
    bytes,
    packets: total.packets[i]!,
    connections_begun: begun[i]!,
    connections_ended: ended[i]!,
    labels: timeline.labels
      .map((one) => ({ label: one.label, bytes: one.bytes[i]!, packets: one.packets[i]! }))
      .filter(({ packets }) => packets > 0)
      .sort((a, b) => b.bytes - a.bytes),
  }));
}
