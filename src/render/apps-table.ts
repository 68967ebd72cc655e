import type { AppCount, AppDetails, HostExplanation } from '../core/classify/app-lookup.js';
import { type Column, gridLines } from './grid.js';
import { type LabelledWords, labelledLines } from './labelled-lines.js';
import type { Paint } from './paint.js';
import { countText, pluralText } from './quantities.js';
import { safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { shortenMiddle, textWidth, wrapWords } from './text-width.js';

const LABEL_WIDTH = 11;

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
    {
      title: 'part of',
      align: 'left',
      lines: ({ parent }) => [safeText(parent ?? '')],
      minWidth: 8,
      paint: (text) => paint.faint(text),
      expendable: 1,
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
    ...paragraph(`${totals}. 'dpi apps <app>' shows one app, 'dpi apps <host>' the app of a host.`, width).map(
      paint.faint,
    ),
  ];
}

/** One app with all its names and ranges. */
export function appLines(app: AppDetails, width: number, paint: Paint): string[] {
  const lists: [string, readonly string[]][] = [
    ['Names', app.domains],
    ['Names that host third-party content', app.hosting],
    ['Address ranges', app.ranges],
    ['Address ranges that host third-party content', app.hostingRanges],
  ];
  const name = safeText(app.name);
  const labelWidth = Math.max(LABEL_WIDTH, Math.min(textWidth(name) + 1, Math.floor(width / 2)));
  const entries: LabelledWords[] = [
    {
      label: shortenMiddle(name, labelWidth - 1),
      words: [safeText(app.title), app.category],
      paintLabel: paint.heading,
    },
    { label: 'Part of', words: app.parent === null ? [] : [safeText(app.parent)] },
    { label: 'Parts', words: safeWords(app.parts), separator: ', ' },
    { label: 'Aliases', words: safeWords(app.aliases), separator: ', ' },
    { label: 'Source', words: safeWords([...app.source.split(' '), app.date && `(${app.date})`]), separator: ' ' },
  ];
  return [
    ...labelledLines(entries, labelWidth, { width, paint }),
    ...lists
      .filter(([, texts]) => texts.length > 0)
      .flatMap(([title, texts]) => [
        '',
        `${' '.repeat(INDENT)}${paint.heading(shortenMiddle(title, width - INDENT - 8))} ${paint.faint(countText(texts.length))}`,
        ...paragraph(texts.map(safeText), width),
      ]),
  ];
}

/** The app of a host name or address, and the table entry that says so. */
export function hostLines({ host, match, others }: HostExplanation, width: number, paint: Paint): string[] {
  const name = safeText(host);
  if (match === null) return paragraph(`${name} belongs to no known app.`, width);
  const lines = paragraph(`${name} belongs to ${safeText(match.app)}, by ${safeText(match.entry)}.`, width).map(
    (line) => line.replace(match.app, paint.heading(match.app)),
  );
  if (match.hosting) {
    lines.push(...paragraph('It hosts third-party content too, so the site may belong to another party.', width));
  }
  if (others.length > 0) {
    const rest = others.map((other) => `${safeText(other.entry)} of ${safeText(other.app)}`).join(', ');
    lines.push(...paragraph(`Less specific entries, not used: ${rest}.`, width).map(paint.faint));
  }
  return lines;
}

function safeWords(words: readonly string[]): string[] {
  return words.map(safeText).filter((word) => word !== '');
}

/** The words of a sentence, or the names of a list, two blanks apart, wrapped into lines. */
function paragraph(text: string | readonly string[], width: number): string[] {
  const isList = typeof text !== 'string';
  const room = Math.max(1, width - INDENT);
  const words = (isList ? text : text.split(' ')).map((word) => shortenMiddle(word, room));
  return wrapWords(words, isList ? '  ' : ' ', room, 0).map((line) => ' '.repeat(INDENT) + line);
}
