import type { AppDetails, HostExplanation } from '../core/classify/app-lookup.js';
import type { AppInfo } from '../core/classify/app-table.js';
import { type Column, gridLines } from './grid.js';
import type { Paint } from './paint.js';
import { countText, pluralText } from './quantities.js';
import { safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { padEnd, shortenMiddle, wrapWords } from './text-width.js';

const LABEL_WIDTH = 10;

/** An app with the number of its names and address ranges. */
export interface AppCount extends AppInfo {
  names: number;
  ranges: number;
}

/** All apps, a line each. */
export function appListLines(apps: readonly AppCount[], width: number, paint: Paint): string[] {
  const columns: Column<AppCount>[] = [
    { title: 'App', align: 'left', lines: ({ name }) => [safeText(name)], minWidth: 10 },
    {
      title: 'category',
      align: 'left',
      lines: ({ category }) => [category],
      minWidth: 8,
      paint: (text) => paint.faint(text),
    },
    { title: 'names', align: 'right', lines: ({ names }) => [countText(names)], minWidth: Number.POSITIVE_INFINITY },
    {
      title: 'ranges',
      align: 'right',
      lines: ({ ranges }) => [ranges === 0 ? '' : countText(ranges)],
      minWidth: Number.POSITIVE_INFINITY,
      expendable: 1,
    },
    {
      title: 'also called',
      align: 'left',
      lines: ({ name, title, aliases }) => {
        const titles = title.toUpperCase() === name ? [] : [title];
        return [safeText([...titles, ...aliases].join(', '))];
      },
      minWidth: 12,
      paint: (text) => paint.faint(text),
      expendable: 2,
    },
  ];
  const paintTitle = (title: string, first: boolean) => (first ? paint.heading(title) : paint.faint(title));
  const names = apps.reduce((sum, app) => sum + app.names, 0);
  const ranges = apps.reduce((sum, app) => sum + app.ranges, 0);
  const totals = `${pluralText(apps.length, 'app')}, ${pluralText(names, 'name')}, ${pluralText(ranges, 'address range')}`;
  return [
    ...gridLines(columns, apps, { width, indent: INDENT, paintTitle }),
    '',
    ...paragraph(`${totals}. 'dpi apps <app>' shows one of them, 'dpi apps <host>' whose a name is.`, width).map(
      paint.faint,
    ),
  ];
}

/** One app with all its names and ranges. */
export function appLines(app: AppDetails, width: number, paint: Paint): string[] {
  const lists: [string, readonly string[]][] = [
    ['Names', app.domains],
    ["Names under which it serves other people's content", app.hosting],
    ['Address ranges', app.ranges],
    ["Address ranges that serve other people's content too", app.hostingRanges],
  ];
  return [
    ...entry(paint.heading(padEnd(safeText(app.name), LABEL_WIDTH)), [safeText(app.title), app.category], ' · ', width),
    ...labelled('Aliases', app.aliases, ', ', width, paint),
    ...labelled('Source', [...app.source.split(' '), ...(app.date === '' ? [] : [`(${app.date})`])], ' ', width, paint),
    ...lists
      .filter(([, texts]) => texts.length > 0)
      .flatMap(([title, texts]) => [
        '',
        `${' '.repeat(INDENT)}${paint.heading(shortenMiddle(title, width - INDENT - 8))} ${paint.faint(countText(texts.length))}`,
        ...paragraph(texts.map(safeText), width),
      ]),
  ];
}

/** Whose a host name or address is, and by which entry of the table. */
export function hostLines({ host, match, others }: HostExplanation, width: number, paint: Paint): string[] {
  const name = safeText(host);
  if (match === null) return paragraph(`${name} belongs to no known app.`, width);
  const lines = paragraph(`${name} belongs to ${safeText(match.app)}, by ${safeText(match.entry)}.`, width).map(
    (line) => line.replace(match.app, paint.heading(match.app)),
  );
  if (match.hosting) {
    lines.push(...paragraph("Other people's content is served there too: the site itself may be anybody's.", width));
  }
  if (others.length > 0) {
    const rest = others.map((other) => `${safeText(other.entry)} of ${safeText(other.app)}`).join(', ');
    lines.push(...paragraph(`Less specific, so they don't decide: ${rest}.`, width).map(paint.faint));
  }
  return lines;
}

function labelled(label: string, words: readonly string[], separator: string, width: number, paint: Paint): string[] {
  const safe = words.map(safeText).filter((word) => word !== '');
  return safe.length === 0 ? [] : entry(paint.faint(padEnd(label, LABEL_WIDTH)), safe, separator, width);
}

function entry(label: string, words: readonly string[], separator: string, width: number): string[] {
  const margin = ' '.repeat(INDENT);
  const room = Math.max(1, width - INDENT - LABEL_WIDTH - 1);
  const lines = wrapWords(
    words.map((word) => shortenMiddle(word, room)),
    separator,
    room,
    0,
  );
  return lines.map((line, i) => `${margin}${i === 0 ? label : ' '.repeat(LABEL_WIDTH)} ${line}`);
}

/** Words filled into lines: of a sentence, or of a list of names, which get more space between them. */
function paragraph(text: string | readonly string[], width: number): string[] {
  const isList = typeof text !== 'string';
  const room = Math.max(1, width - INDENT);
  const words = (isList ? text : text.split(' ')).map((word) => shortenMiddle(word, room));
  return wrapWords(words, isList ? '  ' : ' ', room, 0).map((line) => ' '.repeat(INDENT) + line);
}
