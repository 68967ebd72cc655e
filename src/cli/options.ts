import { type Command, Option } from 'commander';
import { DpiError } from '../core/common/error.js';
import { SORT_KEYS, type SortKey } from '../core/report/sort-keys.js';
import { FORMATS, TABLE_FORMAT } from '../render/formats.js';
import type { FormatSpec } from '../render/report-format.js';
import { addGroup, OUTPUT_GROUP } from './help.js';
import type { ColourOption } from './terminal.js';

/** Rows in each list of the table, unless `--top` is given. */
const DEFAULT_TOP = 10;

/** What `addReportOptions` parses. */
export interface ReportFlags {
  top?: number;
  all?: boolean;
  localTime?: boolean;
  sort?: SortKey;
  output?: string;
  redact?: boolean;
  color: ColourOption;
  quiet?: boolean;
  pager: boolean;
  [format: string]: unknown;
}

/** Options that choose the form of a report and where it goes. */
export function addReportOptions(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () => {
    for (const { flag, description } of FORMATS) {
      const others = FORMATS.filter((format) => format.flag !== flag).map((format) => format.flag);
      command.addOption(new Option(`--${flag}`, `print ${description}`).conflicts(others));
    }
    command.option(
      '--top <n>',
      'rows in each list of the table (default: 10, or as many as fit the terminal)',
      wholeNumber('--top'),
    );
    command.option('--all', 'show all rows of each list');
    command.option('--local-time', 'show times of this machine, not UTC (also: TZ)');
    command.addOption(new Option('--sort <key>', 'what the list of connections begins with').choices(SORT_KEYS));
    command.option(
      '-o, --output <file>',
      'write to a file, which appears when it is complete; .json, .ndjson, .csv and .html choose the format',
    );
    command.option('--redact', 'with --html: replace addresses, leave out MAC addresses and names of hosts');
  });
  addPagerOption(command);
  addStreamOptions(command);
}

/** Options of every command that prints. */
export function addStreamOptions(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () => {
    command.addOption(
      new Option('--color <when>', 'use colours: auto (on a terminal), always or never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    );
    command.option('--no-color', 'the same as --color never (also: NO_COLOR=1)');
    command.option('-q, --quiet', 'print no progress and no warnings on stderr');
    command.option('--no-config', "ignore the defaults of 'dpi config' and of DPI_* variables");
  });
}

/** The option of commands whose text may be longer than a screen. */
export function addPagerOption(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () =>
    command.option('--no-pager', 'print long text at once (on a terminal it goes to DPI_PAGER, PAGER or less)'),
  );
}

/** The option that adds files of apps to the built-in ones. */
export function addAppsOption(command: Command): void {
  command.option('--apps <file>', 'add the apps in a file (repeatable)', collect);
}

/** The format that the flags name, else the one that the name of the output file ends in, else the table. */
export function chosenFormat(flags: ReportFlags): FormatSpec {
  const named = FORMATS.find(({ flag }) => flags[flag] === true);
  const ending = /\.(\w+)$/.exec(flags.output ?? '')?.[1]?.toLowerCase();
  return named ?? FORMATS.find(({ flag }) => flag === ending) ?? TABLE_FORMAT;
}

/**
 * Rows in each list of the table: as many as were asked for, else as `height`, the lines of the terminal, may have room
 * for.
 */
export function chosenTop(flags: ReportFlags, height = Number.POSITIVE_INFINITY): number {
  if (flags.all) return Number.POSITIVE_INFINITY;
  return flags.top ?? (height === Number.POSITIVE_INFINITY ? DEFAULT_TOP : height);
}

/** Parser of an option that takes a number from 1 to `most`; throws DpiError. */
export function wholeNumber(option: string, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? 'from 1' : `from 1 to ${most}`;
    throw new DpiError('usage', `${option} takes a whole number ${range}, not '${text}'`);
  };
}

/** Parser of an option that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Parser of an option that may be given several times, or once with commas. */
export function collectList(value: string, previous: string[] = []): string[] {
  const texts = value.split(',').map((text) => text.trim());
  return [...previous, ...texts.filter((text) => text !== '' || texts.length === 1)];
}
