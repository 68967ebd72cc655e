import type { ConnectionRecord } from '../core/report/model.js';
import type { Column } from './grid.js';
import type { Paint } from './paint.js';
import { bytesText, countText } from './quantities.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { paintApp, sectionLines } from './section.js';
import { shortenMiddle, textWidth } from './text-width.js';

/** Below this width a connection takes two lines. */
const ONE_LINE_WIDTH = 130;
const ARROW = ' → ';

/**
 * The connections with the most bytes: both ends, app, name, the packet that proved it, size, and the rule against it.
 */
export function connectionSection(end: ReportEnd, options: FormatOptions, paint: Paint): string[] {
  const shown = end.topConnections.slice(0, options.top);
  const columns = options.width < ONE_LINE_WIDTH ? twoLineColumns(paint) : oneLineColumns(paint);
  return sectionLines(columns, shown, end.summary.total_connections, options, paint);
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

/** "YOUTUBE  i.ytimg.com"; without a name, what is spoken: "UNKNOWN  (ssh)". */
function nameText(c: ConnectionRecord, width: number): string {
  const app = `${safeText(c.app)}  `;
  const name = c.domain !== null ? safeText(c.domain) : c.app_protocol !== null ? `(${safeText(c.app_protocol)})` : '';
  return (app + (width === Infinity ? name : shortenMiddle(name, Math.max(1, width - textWidth(app))))).trimEnd();
}

/**
 * "10.0.0.5:51234 → 142.250.1.2:443"; where that is too long, the initiator's port goes, then addresses are shortened.
 */
export function endsText(c: ConnectionRecord, width: number): string {
  const destination = endText(c.dst_ip, c.dst_port, Infinity);
  const whole = endText(c.src_ip, c.src_port, Infinity) + ARROW + destination;
  if (whole.length <= width) return whole;
  const source = c.src_ip;
  if (source.length + ARROW.length + destination.length <= width) return source + ARROW + destination;

  const room = Math.max(0, width - ARROW.length);
  const half = Math.floor(room / 2);
  if (source.length <= half) return source + ARROW + endText(c.dst_ip, c.dst_port, room - source.length);
  if (destination.length <= half) return shortenMiddle(source, room - destination.length) + ARROW + destination;
  return shortenMiddle(source, half) + ARROW + endText(c.dst_ip, c.dst_port, room - half);
}

function endText(ip: string, port: number, width: number): string {
  const suffix = port === 0 ? '' : `:${port}`;
  const brackets = port !== 0 && ip.includes(':');
  const room = width - suffix.length - (brackets ? 2 : 0);
  const address = width === Infinity ? ip : shortenMiddle(ip, Math.max(1, room));
  return brackets ? `[${address}]${suffix}` : address + suffix;
}

/** "TCP tls", "UDP". */
export function spokenText(c: ConnectionRecord): string {
  return c.app_protocol === null ? safeText(c.protocol) : `${safeText(c.protocol)} ${safeText(c.app_protocol)}`;
}

/** "tls #12", "dns-answer #7 likely"; for a connection without a label, the reason. */
export function evidenceText(c: ConnectionRecord): string {
  // Browsers offer a greased ECH to every site: only a name that stayed hidden is worth a mark.
  const marks = c.unknown_reason === 'encrypted-name' || (c.ech && c.detected_by === 'dns-answer') ? ' ech' : '';
  if (c.detected_by === null) return (c.unknown_reason ?? '') + marks;
  const packet = c.evidence_packet === null ? '' : ` #${c.evidence_packet}`;
  const doubt = c.confidence === null || c.confidence === 'certain' ? '' : ` ${c.confidence}`;
  return c.detected_by + packet + doubt + marks;
}

function blockedText(c: ConnectionRecord): string {
  return c.blocked ? `✗ ${safeText(c.blocked_by ?? 'blocked')}` : '';
}

/** What is not known steps back, what is only guessed stands out. */
export function paintEvidence(paint: Paint) {
  return (text: string, c: ConnectionRecord) => {
    if (c.detected_by === null) return paint.faint(text);
    return c.confidence === 'guess' ? paint.notable(text) : text;
  };
}
