import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import type { FilterSummary } from '../../core/report/filter-model.js';
import { filterJson } from '../../render/filter-json.js';
import { loadPaint } from '../../render/paint.js';
import { monotonicMs } from '../../system/clock.js';
import { type FilterResult, filterCapture } from '../../usecases/filter/filter.js';
import { isStdout } from '../compose.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addStreamOptions, collect, wholeNumber } from '../options.js';
import { ProgressLine } from '../progress.js';
import { addKeepOptions, addRuleOptions, chosenRules, keptValues, type RuleFlags } from '../rule-options.js';
import { StreamOutput } from '../stream-output.js';
import { terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

/** Rules in the table unless the user says otherwise. */
const DEFAULT_TOP = 20;

interface FilterFlags extends RuleFlags {
  mode: 'inline' | 'flow';
  dryRun?: boolean;
  json?: boolean;
  top: number;
  all?: boolean;
  apps?: string[];
  color: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Rules are those that 'dpi rules' keeps and those of the call. Mode "inline" does
what a filter on the path would do: the handshake passes, the packet that shows
the name is dropped and all that follow. Mode "flow" leaves nothing of a blocked
connection. --keep-app and its like leave nothing else: whole connections, by
these rules alone. DNS is decided for each query and its answer.

The output has the format of the input, is compressed when its name ends in .gz
or .zst, and appears when it is complete. "-" is standard input or output; the
summary then goes to standard error.

Examples:
  dpi filter in.pcap out.pcap --block-app YOUTUBE
  dpi filter in.pcap out.pcap --mode flow --block-domain example.com
  dpi filter in.pcapng zoom.pcapng.gz --keep-app ZOOM
  dpi filter in.pcap --dry-run --json | jq .dropped_packets
  tcpdump -U -w - | dpi filter - - --block-app YOUTUBE | tcpdump -r -

Exit codes: 0 done, 2 wrong usage, unreadable input or output that can't be
written, 3 part of the input was damaged (what lies before is filtered),
130 interrupted.`;

export function configure(command: Command, context: CliContext): void {
  command
    .argument('<in>', 'capture file, "-" for standard input')
    .argument('[out]', 'file to write, "-" for standard output; may be absent with --dry-run')
    .addOption(
      new Option('--mode <mode>', 'what goes of a blocked connection').choices(['inline', 'flow']).default('inline'),
    );
  addRuleOptions(command);
  addKeepOptions(command);
  command
    .option('--dry-run', 'write nothing, say what would go')
    .option('--json', 'print the summary as JSON')
    .option('--top <n>', 'rules in the table', wholeNumber('--top'), DEFAULT_TOP)
    .option('--all', 'all rules in the table')
    .option('--apps <file>', 'add the apps of a file to the known ones (repeatable)', collect);
  addStreamOptions(command);
  addLimitOptions(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (input: string, output: string | undefined, flags: FilterFlags) => {
      process.exitCode = await filter(input, output ?? null, flags, command, context);
    });
}

async function filter(
  input: string,
  output: string | null,
  flags: FilterFlags,
  command: Command,
  context: CliContext,
): Promise<number> {
  const { stdout, stderr, env } = context;
  const started = monotonicMs();
  const keep = keptValues(flags);
  if (keep.length > 0) refuseOtherRules(command);
  const toStdout = output !== null && isStdout(output) && !flags.dryRun;
  if (toStdout && stdout.isTTY) {
    throw new DpiError('output-is-terminal', 'standard output is a terminal: pipe it into a program, or name a file');
  }
  const interrupt = new Interrupt();
  const progress = new ProgressLine(stderr, wantsColour(stderr, env, flags.color));
  let outputClosed = false;
  try {
    const result = await filterCapture(input, output, {
      mode: flags.mode,
      rules: chosenRules(flags, context),
      keep,
      appsFiles: flags.apps ?? [],
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
    return await report(result, toStdout, monotonicMs() - started, flags, context);
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** The summary goes to stdout, or to stderr where stdout has the capture. */
async function report(
  { summary, isDamaged }: FilterResult,
  toStdout: boolean,
  elapsedMs: number,
  flags: FilterFlags,
  context: CliContext,
): Promise<number> {
  const { stdout, stderr, env } = context;
  const stream = toStdout ? stderr : stdout;
  // Quiet on stderr means that nothing but the capture is wanted.
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

/** `--keep-…` pick connections out by themselves: rules beside them would be dropped silently. */
function refuseOtherRules(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const excluded = /^(block|allow)[A-Z]/.test(name) || ['mode', 'rulesFile', 'redis', 'strictRules'].includes(name);
    if (excluded) {
      throw new DpiError('usage', `${option.long} and --keep-… exclude each other: --keep-… keep whole connections`);
    }
  }
}
