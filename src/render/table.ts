import type { AppRow, DomainRow } from '../core/report/model.js';
import { connectionSection, listedConnections } from './connection-table.js';
import { paintApp } from './connection-text.js';
import type { Column } from './grid.js';
import { overviewLines } from './overview.js';
import { bytesText, countText, durationText, percentText, pluralText, rateText } from './quantities.js';
import type { FormatOptions, ReportEnd, ReportFormat, WriteText } from './report-format.js';
import { rulesSection } from './rules-table.js';
import { safeText } from './safe-text.js';
import { byCount, INDENT, sectionLines } from './section.js';
import { padEnd, shortenEnd, textWidth, wrapWords } from './text-width.js';

/** From this width on, apps and domains stand side by side. */
const TWO_COLUMNS_WIDTH = 150;
const COLUMN_GAP = 4;
/** Most of the left half: the right half has the names. */
const LEFT_WIDTH = 80;
const BAR_WIDTH = 16;
const BAR_EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The report for people: totals, apps, domains, and the connections with the most bytes. */
export function tableFormat(write: WriteText, options: FormatOptions): ReportFormat {
  return {
    connection() {},
    finish(end) {
      for (const line of tableLines(end, options)) write(`${line}\n`);
    },
  };
}

/**
 * The lines of the report, none wider than `options.width` (from 20 columns on). Drawn as they are asked for: with
 * `--all` there may be millions.
 */
export function* tableLines(end: ReportEnd, options: FormatOptions): Generator<string> {
  let isFirst = true;
  for (const block of blocksOf(end, options)) {
    let isEmpty = true;
    for (const line of block) {
      if (isEmpty && !isFirst) yield '';
      isEmpty = false;
      yield line;
    }
    if (!isEmpty) isFirst = false;
  }
}

function* blocksOf(end: ReportEnd, options: FormatOptions): Generator<Iterable<string>> {
  yield overviewLines(end, options);
  yield rulesSection(end.summary.rules, options);
  if (end.summary.total_packets > 0) {
    yield* appAndDomainBlocks(end, options);
    yield connectionSection(end, options);
  }
  yield footer(end, options);
}

function appAndDomainBlocks(end: ReportEnd, options: FormatOptions): string[][] {
  if (options.width < TWO_COLUMNS_WIDTH) {
    return [appSection(end, options), domainSection(end, options)];
  }
  const apps = appSection(end, { ...options, width: Math.min(LEFT_WIDTH, Math.floor(options.width / 2)) });
  const leftWidth = apps.reduce((widest, line) => Math.max(widest, textWidth(line)), 0) + COLUMN_GAP;
  const domains = domainSection(end, { ...options, width: options.width - leftWidth });
  if (domains.length === 0) return [apps];

  const sideBySide: string[] = [];
  for (let i = 0; i < Math.max(apps.length, domains.length); i++) {
    sideBySide.push((padEnd(apps[i] ?? '', leftWidth) + (domains[i] ?? '')).trimEnd());
  }
  return [sideBySide];
}

function appSection({ summary }: ReportEnd, options: FormatOptions): string[] {
  const { paint } = options;
  const { apps, total_bytes: total } = summary;
  const shown = apps.slice(0, options.top);
  const unknown = apps.find(({ app }) => app === 'UNKNOWN');
  // The share of UNKNOWN shows how complete the report is, even when it is small.
  if (unknown !== undefined && !shown.includes(unknown)) shown.push(unknown);
  if (shown.length === 0) return [];

  const columns: Column<AppRow>[] = [
    {
      title: 'Apps',
      align: 'left',
      lines: ({ app }) => [safeText(app)],
      minWidth: 10,
      paint: paintApp(paint),
    },
    {
      title: '',
      align: 'left',
      lines: ({ bytes }) => [bar(bytes, total)],
      minWidth: BAR_WIDTH,
      paint: (text, { app }) => (app === 'UNKNOWN' ? paint.faint(text) : paint.bar(text)),
      expendable: 4,
    },
    { title: 'share', align: 'right', lines: ({ bytes }) => [percentText(bytes, total)], minWidth: Infinity },
    { title: 'bytes', align: 'right', lines: ({ bytes }) => [bytesText(bytes)], minWidth: Infinity },
    {
      title: 'packets',
      align: 'right',
      lines: ({ packets }) => [countText(packets)],
      minWidth: Infinity,
      expendable: 3,
    },
    {
      title: 'connections',
      align: 'right',
      lines: ({ connections }) => [countText(connections)],
      minWidth: Infinity,
      expendable: 2,
    },
    {
      title: 'category',
      align: 'left',
      lines: ({ category }) => [safeText(category ?? '')],
      minWidth: 8,
      paint: paint.faint,
      expendable: 5,
    },
  ];
  return [...sectionLines(columns, shown, apps.length, options), ...unknownReasons(summary.unknown_reasons, options)];
}

function unknownReasons(reasons: Record<string, number>, options: FormatOptions): string[] {
  const { paint } = options;
  const words = byCount(reasons).map(([reason, count]) => `${safeText(reason)} ${countText(count)}`);
  if (words.length === 0) return [];
  const label = 'UNKNOWN because: ';
  const lines = wrapWords([label + words[0], ...words.slice(1)], ' · ', options.width - INDENT, label.length);
  return lines.map((line) => paint.faint(' '.repeat(INDENT) + shortenEnd(line, options.width - INDENT)));
}

function domainSection(end: ReportEnd, options: FormatOptions): string[] {
  const { paint } = options;
  const shown = end.summary.domains_detected.slice(0, options.top);
  if (shown.length === 0) return [];
  const columns: Column<DomainRow>[] = [
    {
      title: 'Domains',
      align: 'left',
      lines: ({ domain }) => [safeText(domain)],
      minWidth: 16,
      shorten: 'middle',
    },
    {
      title: 'app',
      align: 'left',
      lines: ({ app }) => [safeText(app)],
      minWidth: 8,
      paint: paintApp(paint),
      expendable: 4,
    },
    { title: 'bytes', align: 'right', lines: ({ bytes }) => [bytesText(bytes)], minWidth: Infinity },
    {
      title: 'packets',
      align: 'right',
      lines: ({ packets }) => [countText(packets)],
      minWidth: Infinity,
      expendable: 2,
    },
    {
      title: 'connections',
      align: 'right',
      lines: ({ connections }) => [countText(connections)],
      minWidth: Infinity,
      expendable: 3,
    },
  ];
  return [...sectionLines(columns, shown, domainCountOf(end), options)];
}

function domainCountOf({ summary, domainCount }: ReportEnd): number {
  return domainCount ?? summary.domains_detected.length;
}

function footer(end: ReportEnd, options: FormatOptions): string[] {
  const { summary, elapsedMs, topConnections } = end;
  const { top, width, paint } = options;
  const cut =
    summary.apps.length > top || domainCountOf(end) > top || listedConnections(summary) > topConnections.length;
  const lines: string[] = [];
  if (cut) lines.push('--top N or --all shows longer lists, --json all data with exact numbers.');
  if (elapsedMs !== null) {
    const perSecond = summary.total_packets / Math.max(elapsedMs / 1000, 0.001);
    const rate = elapsedMs >= 1000 ? ` (${rateText(perSecond)} packets/s)` : '';
    lines.push(`Read ${pluralText(summary.total_packets, 'packet')} in ${durationText(elapsedMs / 1000)}${rate}.`);
  }
  return lines
    .flatMap((line) => wrapWords(line.split(' '), ' ', width - INDENT, 0))
    .map((line) => paint.faint(` ${line}`));
}

function bar(part: number, whole: number): string {
  const eighths = whole === 0 ? 0 : Math.round(Math.min(1, part / whole) * BAR_WIDTH * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + BAR_EIGHTHS[eighths % 8];
}
