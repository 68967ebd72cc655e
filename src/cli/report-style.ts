import { loadPaint } from '../render/paint.js';
import type { FormatOptions } from '../render/report-format.js';
import type { CliContext } from './context.js';
import { chosenTop, type ReportFlags } from './options.js';
import { terminalHeight, terminalWidth, wantsColour } from './terminal.js';

/** How a report for people looks on standard output, or in a file: width, rows, colours, time zone. */
export async function reportStyle(
  { stdout, stderr, env }: CliContext,
  flags: ReportFlags,
  toFile: boolean,
): Promise<FormatOptions> {
  const fits = !toFile && !flags.all && flags.top === undefined;
  const height = fits ? terminalHeight(stdout) : Number.POSITIVE_INFINITY;
  return {
    width: toFile ? terminalWidth({}, {}, env) : terminalWidth(stdout, stderr, env),
    height,
    top: chosenTop(flags, height),
    wholeLines: toFile || stdout.isTTY !== true,
    zone: flags.localTime || env.TZ ? 'local' : 'utc',
    paint: await loadPaint(!toFile && wantsColour(stdout, env, flags.color)),
  };
}
