import { DpiError } from '../../core/common/error.js';
import { asciiText } from '../../render/ascii.js';
import type { CiReport } from '../../render/ci/ci-report.js';
import { loadPaint } from '../../render/paint.js';
import type { FormatOptions, WriteText } from '../../render/report-format.js';
import { type CiFlags, writeCi } from '../ci-output.js';
import type { CliContext } from '../context.js';
import type { Output } from '../output.js';
import { type ColourOption, hasUnicode, terminalWidth, wantsColour } from '../terminal.js';

/** The flags that choose what `dpi diff` prints. */
export interface ComparisonFlags extends CiFlags {
  json?: boolean;
  html?: boolean;
  redact?: boolean;
  output?: string;
  top: number;
  all?: boolean;
  color: ColourOption;
}

export type Form = 'table' | 'json' | 'html' | 'ci';

/** A comparison in each form that it has. */
export interface Comparison {
  json(): string;
  lines(options: FormatOptions): string[];
  page(options: Pick<FormatOptions, 'redact'>, write: WriteText): Promise<void>;
  checks(): Promise<CiReport>;
}

/** The form that the flags, or the ending of the output's name, choose. Throws DpiError for flags that do not fit. */
export function chosenForm(flags: ComparisonFlags, { stdout }: CliContext): Form {
  const form = formOf(flags);
  if (flags.redact && form !== 'html') throw new DpiError('usage', '--redact needs --html');
  if (form === 'html' && !goesToFile(flags) && stdout.isTTY) {
    throw new DpiError('usage', '--html writes a page for a browser: name its file with -o changes.html');
  }
  return form;
}

function formOf({ json, html, format, output }: ComparisonFlags): Form {
  if (json) return 'json';
  if (html) return 'html';
  if (format !== undefined) return 'ci';
  const [ending] = /\.(json|html)$/i.exec(output ?? '')?.slice(1) ?? [];
  return (ending?.toLowerCase() as 'json' | 'html' | undefined) ?? 'table';
}

/** Writes the comparison to `output`, which the caller commits. */
export async function printComparison(
  comparison: Comparison,
  form: Form,
  flags: ComparisonFlags,
  output: Output,
  context: CliContext,
): Promise<void> {
  if (form === 'json') return output.write(comparison.json());
  if (form === 'html') return comparison.page({ redact: flags.redact }, (text) => output.write(text));
  if (form === 'ci') return writeCi(await comparison.checks(), flags.format!, output, context);
  const { stdout, stderr, env } = context;
  const toFile = goesToFile(flags);
  const lines = comparison.lines({
    width: toFile ? terminalWidth({}, {}, env) : terminalWidth(stdout, stderr, env),
    paint: await loadPaint(!toFile && wantsColour(stdout, env, flags.color)),
    top: flags.all ? Number.POSITIVE_INFINITY : flags.top,
  });
  const text = `${lines.join('\n')}\n`;
  output.write(hasUnicode(env) ? text : asciiText(text));
}

function goesToFile({ output }: ComparisonFlags): boolean {
  return output !== undefined && output !== '-';
}
