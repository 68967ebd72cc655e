import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import type { FilterSummary } from '../../core/report/filter-model.js';
import { filterJson } from '../../render/filter-json.js';
import { loadPaint } from '../../render/paint.js';
import { safeText } from '../../render/safe-text.js';
import { monotonicMs } from '../../system/clock.js';
import { type FilterResult, filterCapture } from '../../usecases/filter/filter.js';
import { outputsIn } from '../../usecases/filter/output-paths.js';
import { isStdout } from '../compose-files.js';
import { confirmed } from '../confirm.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, KEEP_GROUP, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions, wholeNumber } from '../options.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { addKeepOptions, addRuleOptions, chosenRules, keptValues, type RuleFlags } from '../rule-options.js';
import { addKeepSelectionOptions, keptSelection } from '../selection-options.js';
import { StreamOutput } from '../stream-output.js';
import { type ColourOption, terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

/** Rules in the table. */
const DEFAULT_TOP = 20;

interface FilterFlags extends RuleFlags, ReadingFlags {
  output?: string;
  mode: 'inline' | 'flow';
  invert?: boolean;
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
  top: number;
  all?: boolean;
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
The stored rules ('dpi rules') and the command-line rules say what is blocked. Mode "inline" drops what a filter on the
path would drop: the handshake passes, the packet that shows the name is dropped, and so is every later packet. Mode
"flow" removes blocked connections whole. The --keep options keep only the connections that they name, whole, and use no
other rules: one value of each option must fit. With --invert they drop those connections instead. DNS is decided per
query and answer, except by several --keep options and --invert.

With -o all arguments are captures, which are read as one in the order of time, so that a connection over several files
is one; each is written under its own name into the folder -o.

The output has the format of the input and appears when it is complete; a name that ends in .gz or .zst compresses it.
"-" is standard input or output; with "-" as output the summary goes to standard error.`,
  examples: [
    ['dpi filter in.pcap out.pcap --block-app YOUTUBE'],
    ['dpi filter in.pcap out.pcap --mode flow --block-domain example.com'],
    ['dpi filter in.pcapng zoom.pcapng.gz --keep-app ZOOM'],
    ['dpi filter ring_*.pcap -o clean --mode flow --block-app YOUTUBE', 'rotated captures, into a folder'],
    ['dpi filter in.pcap --dry-run --json | jq .dropped_packets'],
    ['tcpdump -U -w - | dpi filter - - --block-app YOUTUBE | tcpdump -r -'],
  ],
  exitCodes:
    "0 done, 2 wrong usage, unreadable input or output that can't be written, 3 part of the input was damaged (the " +
    'part before it is filtered), 130 interrupted.',
};

export function configure(command: Command, context: CliContext): void {
  command
    .usage('[options] <in> [out] | <in...> -o <folder>')
    .argument('<in>', 'capture file, "-" for standard input')
    .argument('[out]', 'file to write, "-" for standard output; optional with --dry-run')
    .argument('[more...]', 'with --output, all arguments are capture files, which are read as one')
    .option('-o, --output <path>', 'file to write, or the folder for the copies of several captures')
    .addOption(
      new Option('--mode <mode>', 'how to remove blocked connections').choices(['inline', 'flow']).default('inline'),
    )
    .option('--dry-run', 'write nothing, only print the summary')
    .option('-f, --force', 'replace an existing file without asking on a terminal, and without a warning');
  addAppsOption(command);
  addReadingOptions(command);
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .option('--json', 'print the summary as JSON')
      .option('--top <n>', 'rules in the table', wholeNumber('--top'), DEFAULT_TOP)
      .option('--all', 'show all rules in the table');
  });
  addStreamOptions(command);
  addRuleOptions(command);
  addKeepOptions(command);
  addKeepSelectionOptions(command);
  addGroup(command, KEEP_GROUP, () => {
    command.option('--invert', 'drop what the --keep options pick, and keep everything else');
  });
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (input: string, second: string | undefined, more: string[], flags: FilterFlags) => {
    const args = [input, ...(second === undefined ? [] : [second]), ...more];
    const { inputs, output } = chosenPaths(args, flags.output);
    process.exitCode = await filter(inputs, output, flags, command, context);
  });
}

interface Paths {
  readonly inputs: readonly string[];
  /** Null for none. */
  readonly output: string | null;
}

/** IN [OUT], or with `--output` inputs alone. Throws DpiError for more than two without it. */
function chosenPaths(args: readonly string[], named: string | undefined): Paths {
  if (named === undefined) {
    if (args.length > 2) throw new DpiError('usage', 'several captures go into a folder: name it with -o');
    return { inputs: args.slice(0, 1), output: args[1] ?? null };
  }
  const isCopy = args.length === 1 && isFolder(named) && args[0] !== '-';
  return { inputs: args, output: isCopy ? outputsIn(args, named)[0]! : named };
}

async function filter(
  inputs: readonly string[],
  output: string | null,
  flags: FilterFlags,
  command: Command,
  context: CliContext,
): Promise<number> {
  const { stdout } = context;
  const started = monotonicMs();
  const keep = keptValues(flags);
  const select = keptSelection(flags);
  if (keep.length > 0 || Object.keys(select).length > 0) refuseOtherRules(command);
  const toStdout = output !== null && isStdout(output) && !flags.dryRun;
  if (toStdout && stdout.isTTY) {
    throw new DpiError('output-is-terminal', 'standard output is a terminal: pipe it into a program, or name a file');
  }
  const replaced = output === null || flags.dryRun || flags.force ? null : replacedText(inputs, output);
  if (replaced !== null) await askToReplace(replaced, context);
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  let outputClosed = false;
  try {
    const result = await filterCapture(inputs, output, {
      mode: flags.mode,
      rules: chosenRules(flags, context),
      keep,
      select,
      invert: flags.invert,
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      limits: chosenLimits({ ...flags }),
      dryRun: flags.dryRun ?? false,
      stdout,
      onOutputClosed: () => {
        outputClosed = true;
        interrupt.stop();
      },
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (outputClosed && !interrupt.signalled) return EXIT_DONE;
    if (interrupt.signalled) {
      const rest = toStdout || output === null ? 'the output ends early' : `${output} was not written`;
      if (!flags.quiet) await printWarnings([`interrupted: ${rest}`], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    const exitCode = await report(result, toStdout, monotonicMs() - started, flags, context);
    if (replaced !== null && !flags.quiet) {
      await printWarnings([`${replaced} existed, and was replaced`], context, flags.color);
    }
    return exitCode;
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** What the output replaces: the file's path, or how many files of the folder; null for nothing. */
function replacedText(inputs: readonly string[], output: string): string | null {
  if (inputs.length === 1) return isRegularFile(output) ? output : null;
  const existing = outputsIn(inputs, output).filter(isRegularFile);
  if (existing.length === 0) return null;
  return existing.length === 1 ? existing[0]! : `${existing.length} files in ${output}`;
}

/** Throws DpiError when the user, asked on a terminal, wants to keep what is there. */
async function askToReplace(what: string, context: CliContext): Promise<void> {
  if ((await confirmed(`Replace ${safeText(what)}?`, context)) !== false) return;
  throw new DpiError('not-confirmed', `${what} was not replaced; --force replaces it without asking`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isRegularFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Prints the summary on stdout, or on stderr when the capture goes to stdout; returns the exit code. */
async function report(
  { summary, isDamaged }: FilterResult,
  toStdout: boolean,
  elapsedMs: number,
  flags: FilterFlags,
  context: CliContext,
): Promise<number> {
  const { stdout, stderr, env } = context;
  const stream = toStdout ? stderr : stdout;
  // With --quiet and the capture on stdout, nothing else is printed.
  if (!(toStdout && flags.quiet && !flags.json)) {
    const output = new StreamOutput(stream);
    output.write(flags.json ? filterJson(summary) : await tableText(summary, elapsedMs));
    await output.commit();
  }
  if (!flags.quiet) await printWarnings(summary.warnings, context, flags.color);
  return exitCodeOf({ isDamaged });

  async function tableText(of: FilterSummary, ms: number): Promise<string> {
    const { filterLines } = await import('../../render/filter-report.js');
    const top = flags.all ? Number.POSITIVE_INFINITY : flags.top;
    const width = terminalWidth(stream, stderr, env);
    const paint = await loadPaint(wantsColour(stream, env, flags.color));
    return `${filterLines(of, ms, { width, paint, top }).join('\n')}\n`;
  }
}

const EXCLUDED_BY_KEEP: readonly string[] = ['mode', 'rulesFile', 'redis', 'strictRules', 'onLimit'];

/** `--keep-…` use no other rules: rules beside them would have no effect. Throws DpiError. */
function refuseOtherRules(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const excluded = /^(block|allow)[A-Z]/.test(name) || EXCLUDED_BY_KEEP.includes(name);
    if (excluded) {
      throw new DpiError('usage', `${option.long} cannot be used with --keep-…, which keep whole connections`);
    }
  }
}
