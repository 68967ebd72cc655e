import type { LiveApp, LiveConnection, LiveDomain, LiveSnapshot } from '../core/live/live-model.js';
import type { RuleRow } from '../core/report/model.js';
import { endsText, evidenceText, paintApp, paintEvidence, spokenText } from './connection-text.js';
import { type LiveColumn, liveGrid } from './live-grid.js';
import type { Paint } from './paint.js';
import { bytesText, countText } from './quantities.js';
import { safeText } from './safe-text.js';

const RATE_WIDTH = 9;
const BYTES_WIDTH = 6;
const COUNT_WIDTH = 11;
const APP_WIDTH = 12;
/** In a narrower table a mark stands for the rule, so that names have room. */
const NAMES_RULE_WIDTH = 96;
/** In a wider table a name and its figures are hard to read as one line. */
const MOST_FIGURES_WIDTH = 72;

/** The first `rows` apps and their title. */
export function appLines({ apps, appCount }: LiveSnapshot, rows: number, width: number, paint: Paint): string[] {
  const columns: LiveColumn<LiveApp>[] = [
    {
      title: titled('Apps', appCount, rows),
      width: 14,
      grows: 1,
      text: ({ app }) => safeText(app),
      paint: paintApp(paint),
    },
    rateColumn(),
    { title: 'bytes', width: BYTES_WIDTH, from: 36, align: 'right', text: ({ bytes }) => bytesText(bytes) },
    { title: 'packets', width: COUNT_WIDTH, from: 56, align: 'right', text: ({ packets }) => countText(packets) },
    connectionsColumn(48),
  ];
  return liveGrid(columns, apps.slice(0, rows), Math.min(width, MOST_FIGURES_WIDTH), paint);
}

/** The first `rows` domains and their title. */
export function domainLines(snapshot: LiveSnapshot, rows: number, width: number, paint: Paint): string[] {
  const columns: LiveColumn<LiveDomain>[] = [
    {
      title: titled('Domains', snapshot.domainCount, rows),
      width: 16,
      grows: 3,
      shorten: 'middle',
      text: ({ domain }) => safeText(domain),
    },
    { title: 'app', width: APP_WIDTH, from: 64, text: ({ app }) => safeText(app), paint: paintApp(paint) },
    { title: 'known by', width: 11, from: 50, text: sourceText, paint: paint.faint },
    rateColumn(),
    { title: 'bytes', width: BYTES_WIDTH, from: 40, align: 'right', text: ({ bytes }) => bytesText(bytes) },
    connectionsColumn(90),
    ...blockedColumn<LiveDomain>(snapshot, width >= NAMES_RULE_WIDTH, paint, ({ blockedBy }) => blockedBy),
  ];
  return liveGrid(columns, snapshot.domains.slice(0, rows), width, paint);
}

/** The first `rows` connections and their title. */
export function connectionLines(snapshot: LiveSnapshot, rows: number, width: number, paint: Paint): string[] {
  const paintSource = paintEvidence(paint);
  const columns: LiveColumn<LiveConnection>[] = [
    {
      title: titled('Open connections', snapshot.openConnections, rows),
      width: 26,
      grows: 2,
      text: ({ record }, room) => endsText(record, room),
    },
    { title: '', width: 9, from: 130, text: ({ record }) => spokenText(record), paint: paint.faint },
    {
      title: 'app',
      width: APP_WIDTH,
      from: 56,
      text: ({ record }) => safeText(record.app),
      paint: (text, { record }) => paintApp(paint)(text, record),
    },
    {
      title: 'domain',
      width: 16,
      grows: 2,
      // A terminal of 80 columns leaves the last one free.
      from: 74,
      shorten: 'middle',
      text: ({ record }) => safeText(record.domain ?? ''),
    },
    {
      title: 'known by',
      width: 17,
      from: 110,
      text: ({ record }) => evidenceText(record),
      paint: (text, { record }) => paintSource(text, record),
    },
    rateColumn(),
    { title: 'bytes', width: BYTES_WIDTH, from: 100, align: 'right', text: ({ record }) => bytesText(record.bytes) },
    ...blockedColumn<LiveConnection>(snapshot, width >= NAMES_RULE_WIDTH, paint, ({ record }) =>
      record.blocked ? (record.blocked_by ?? 'a rule') : null,
    ),
  ];
  return liveGrid(columns, snapshot.busiest.slice(0, rows), width, paint);
}

/** The first `rows` rules that would have decided something, and their title. */
export function ruleLines({ rules }: LiveSnapshot, rows: number, width: number, paint: Paint): string[] {
  const columns: LiveColumn<RuleRow>[] = [
    {
      title: titled('Rules', rules.decided.length, rows),
      width: 16,
      grows: 1,
      shorten: 'middle',
      text: ({ rule }) => safeText(rule),
    },
    {
      title: '',
      width: 11,
      from: 44,
      text: ({ action }) => (action === 'block' ? 'would block' : 'allows'),
      paint: (text, { action }) => (action === 'block' ? paint.alarm(text) : text),
    },
    { title: 'packets', width: COUNT_WIDTH, align: 'right', text: ({ packets }) => countText(packets) },
    { title: 'bytes', width: BYTES_WIDTH, from: 56, align: 'right', text: ({ bytes }) => bytesText(bytes) },
  ];
  return liveGrid(columns, rules.decided.slice(0, rows), Math.min(width, MOST_FIGURES_WIDTH), paint);
}

/** "Apps", or "Apps (24)" where not all of them are shown. */
function titled(title: string, count: number, rows: number): string {
  return count > rows ? `${title} (${countText(count)})` : title;
}

/** "tls"; "dns-answer?" for a guess. */
function sourceText({ detectedBy, confidence }: LiveDomain): string {
  if (detectedBy === null) return '';
  return confidence === 'guess' ? `${detectedBy}?` : detectedBy;
}

function rateColumn<Row extends { bytesPerSecond: number }>(): LiveColumn<Row> {
  return {
    title: 'now',
    width: RATE_WIDTH,
    align: 'right',
    text: ({ bytesPerSecond }) => (bytesPerSecond === 0 ? '-' : `${bytesText(bytesPerSecond)}/s`),
  };
}

function connectionsColumn<Row extends { connections: number }>(from: number): LiveColumn<Row> {
  return {
    title: 'connections',
    width: COUNT_WIDTH,
    from,
    align: 'right',
    text: ({ connections }) => countText(connections),
  };
}

/** The rule that would block it, or a mark in a narrow table; no column without rules. */
function blockedColumn<Row>(
  { rules }: LiveSnapshot,
  namesRule: boolean,
  paint: Paint,
  ruleOf: (row: Row) => string | null,
): LiveColumn<Row>[] {
  if (rules.count === 0) return [];
  if (!namesRule)
    return [{ title: '', width: 1, text: (row) => (ruleOf(row) === null ? '' : '✗'), paint: paint.alarm }];
  const text = (row: Row) => {
    const rule = ruleOf(row);
    return rule === null ? '' : `✗ ${safeText(rule)}`;
  };
  return [{ title: 'would be blocked', width: 16, grows: 1, text, paint: paint.alarm }];
}
