import type { ConnectionRecord, ReportSummary } from '../core/report/model.js';
import { endsText, evidenceText, paintApp, paintEvidence, spokenText } from './connection-text.js';
import type { Column } from './grid.js';
import type { Paint } from './paint.js';
import { bytesText, countText } from './quantities.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { sectionLines } from './section.js';
import { shortenMiddle, textWidth } from './text-width.js';

/** Below this width a connection takes two lines. */
const ONE_LINE_WIDTH = 130;

/**
 * The connections with the most bytes: both ends, app, name, the packet that proved it, size, and the rule against it.
 */
export function connectionSection(end: ReportEnd, options: FormatOptions): Iterable<string> {
  const { paint } = options;
  const shown = end.topConnections.slice(0, options.top);
  const columns = options.width < ONE_LINE_WIDTH ? twoLineColumns(paint) : oneLineColumns(paint);
  return sectionLines(columns, shown, listedConnections(end.summary), options);
}

/** Connections that the report is about. */
export function listedConnections({ selected, total_connections: total }: ReportSummary): number {
  return selected?.connections ?? total;
}

function oneLineColumns(paint: Paint): Column<ConnectionRecord>[] {
  return [
    {
      title: 'Connections',
      align: 'left',
      lines: (c) => [endsText(c, Infinity)],
      minWidth: 30,
      fit: (c, _line, width) => endsText(c, width),
    },
    { title: '', align: 'left', lines: (c) => [spokenText(c)], minWidth: 3, paint: paint.faint },
    { title: 'app', align: 'left', lines: (c) => [safeText(c.app)], minWidth: 8, paint: paintApp(paint) },
    { title: 'domain', align: 'left', lines: (c) => [safeText(c.domain ?? '')], minWidth: 16, shorten: 'middle' },
    { title: 'known by', align: 'left', lines: (c) => [evidenceText(c)], minWidth: 12, paint: paintEvidence(paint) },
    { title: 'bytes', align: 'right', lines: (c) => [bytesText(c.bytes)], minWidth: Infinity },
    { title: 'packets', align: 'right', lines: (c) => [countText(c.packets)], minWidth: Infinity },
    { title: 'blocked by', align: 'left', lines: (c) => [blockedText(c)], minWidth: 8, paint: paint.alarm },
  ];
}

function twoLineColumns(paint: Paint): Column<ConnectionRecord>[] {
  return [
    {
      title: 'Connections',
      align: 'left',
      lines: (c) => [nameText(c, Infinity), `  ${endsText(c, Infinity)} ${c.protocol}`],
      minWidth: 24,
      fit: (c, line, width) => (line === 0 ? nameText(c, width) : `  ${endsText(c, width - 2)}`),
      paint: (text, c, line) => {
        if (line === 1) return paint.faint(text);
        return c.app === 'UNKNOWN' ? text.replace('UNKNOWN', paint.notable('UNKNOWN')) : text;
      },
    },
    {
      title: 'known by',
      align: 'left',
      lines: (c) => [evidenceText(c), blockedText(c)],
      minWidth: 10,
      paint: (text, c, line) => (line === 0 ? paintEvidence(paint)(text, c) : paint.alarm(text)),
      expendable: 2,
    },
    {
      title: 'bytes',
      align: 'right',
      lines: (c) => [bytesText(c.bytes), `${countText(c.packets)} pkt`],
      minWidth: Infinity,
      paint: (text, _c, line) => (line === 1 ? paint.faint(text) : text),
    },
  ];
}

/** "YOUTUBE  i.ytimg.com"; without a name the protocol: "UNKNOWN  (ssh)". */
function nameText(c: ConnectionRecord, width: number): string {
  const app = `${safeText(c.app)}  `;
  const name = c.domain !== null ? safeText(c.domain) : c.app_protocol !== null ? `(${safeText(c.app_protocol)})` : '';
  return (app + (width === Infinity ? name : shortenMiddle(name, Math.max(1, width - textWidth(app))))).trimEnd();
}

function blockedText(c: ConnectionRecord): string {
  return c.blocked ? `✗ ${safeText(c.blocked_by ?? 'blocked')}` : '';
}
