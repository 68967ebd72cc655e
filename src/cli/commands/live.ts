import { isatty } from 'node:tty';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { loadPaint } from '../../render/paint.js';
import { safeText } from '../../render/safe-text.js';
import type { LiveOrigin, LiveResult } from '../../usecases/live/live-types.js';
import { installedTools, listInterfaces, noTool, TOOL_NAMES, type ToolName } from '../compose.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { printFindings } from '../findings.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { lineViewer, ndjsonViewer } from '../live/event-viewer.js';
import { reportViewer } from '../live/report-viewer.js';
import { tableViewer } from '../live/table-viewer.js';
import { timeSpan } from '../live/time-span.js';
import type { LiveViewer } from '../live/viewer.js';
import { addStreamOptions, collect, wholeNumber } from '../options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface LiveFlags extends RuleFlags {
  interface?: string;
  filter?: string;
  snaplen?: number;
  tool?: ToolName;
  list?: boolean;
  write?: string;
  duration?: number;
  count?: number;
  interval?: number;
  ndjson?: boolean;
  lines?: boolean;
  apps?: string[];
  failOn?: string[];
  top: number;
  color: boolean;
  quiet?: boolean;
}

const DEFAULT_TOP = 10;
const MOST_SNAPLEN = 262_144;
const LEAST_INTERVAL_MS = 250;
const REDRAW_MS = 500;
const STATS_MS = 10_000;
/** What can end a program at a terminal: each of them has to leave the terminal as it was. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

const EXAMPLES = `
Packets are captured by dumpcap or tcpdump, whichever is installed: the right to
capture is theirs. On a terminal a table shows what goes on, and the report of
'dpi analyze' remains when it is over; elsewhere only that report is printed.

The rules that 'dpi rules' keeps, as they are at each moment, and those of the call
say what a filter on the path would stop. 'dpi live' itself stops nothing.

Keys: q quits, s sorts by what is busy now or by the sum so far.

Examples:
  dpi live                                     the first interface, as a table
  dpi live eth0 --duration 30s                 half a minute of it
  dpi live --list                              the interfaces
  dpi live eth0 --filter 'not port 22'         a filter for the capture tool
  dpi live eth0 --write today.pcap             keeps the capture as well
  dpi live eth0 --lines | grep TIKTOK          a line for each connection, as it is known
  dpi live eth0 --ndjson | jq -r 'select(.type == "label") | .domain'
  dpi live eth0 --duration 60s --fail-on app:TELEGRAM
  tcpdump -U -w - | dpi live -i -              what somebody else captures
  ssh router tcpdump -U -w - not port 22 | dpi live -i -

Exit codes: 0 done, 1 what --fail-on asked about was found, 2 wrong usage or
nothing can be captured, 3 the capture ended by accident, 130 interrupted.`;

export function configure(command: Command, context: CliContext): void {
  command
    .argument('[interface]', 'interface to capture on (default: the first of --list), "-" for standard input')
    .option('-i, --interface <name>', 'the same as an option')
    .option('--list', 'list the interfaces')
    .option('--filter <expression>', "capture only this (see 'man pcap-filter')")
    .option('--snaplen <bytes>', 'of each packet only so many bytes', wholeNumber('--snaplen', MOST_SNAPLEN))
    .addOption(new Option('--tool <name>', 'what captures').choices([...TOOL_NAMES]))
    .option('-w, --write <file>', 'keep the capture in a file, which grows as packets come')
    .option('--duration <time>', 'end after 30s, 5m, 2h', timeSpan('--duration', 1))
    .option('-c, --count <n>', 'end after so many packets', wholeNumber('--count'))
    .addOption(
      new Option('--ndjson', 'print one JSON object a line: labels, ended connections, figures').conflicts('lines'),
    )
    .option('--lines', 'print a line for each connection as its app or name becomes known')
    .option(
      '--interval <time>',
      'between two pictures of the table (default 500ms), or two lines of figures of --ndjson (10s)',
      timeSpan('--interval', LEAST_INTERVAL_MS),
    )
    .option('--top <n>', 'rows in each list of the report', wholeNumber('--top'), DEFAULT_TOP)
    .option('--apps <file>', 'add the apps of a file to the known ones (repeatable)', collect)
    .option(
      '--fail-on <what>',
      "exit code 1 when there was 'blocked', 'app:NAME' or 'domain:NAME' (repeatable)",
      collect,
    );
  addStreamOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  command.addHelpText('after', EXAMPLES).action(async (operand: string | undefined, flags: LiveFlags) => {
    if (flags.list) process.exitCode = await list(flags, context);
    else process.exitCode = await live(operand, flags, context);
  });
}

async function live(operand: string | undefined, flags: LiveFlags, context: CliContext): Promise<number> {
  const origin = chosenOrigin(operand, flags, context);
  const rules = chosenRules(flags, context);
  const interrupt = new Interrupt(SIGNALS);
  const viewer = await chosenViewer(origin, flags, context, interrupt);
  let crashed = false;
  // A defect ends the watching; it is told where all of them are, below the table.
  const onCrash = () => {
    crashed = true;
    viewer.close();
    interrupt.stop();
  };
  process.prependListener('uncaughtException', onCrash);
  try {
    const { watchTraffic } = await import('../../usecases/live/live.js');
    const result = await watchTraffic({
      origin,
      write: flags.write,
      durationMs: flags.duration,
      count: flags.count,
      limits: chosenLimits({ ...flags }),
      appsFiles: flags.apps ?? [],
      rules,
      failOn: flags.failOn ?? [],
      top: flags.ndjson || flags.lines ? 0 : flags.top,
      signal: interrupt.signal,
      // Below the table, when it is over.
      onWarning: viewer.ownsTerminal ? undefined : (text) => flags.quiet || printWarnings([text], context, flags.color),
      ...viewer.hooks,
    });
    viewer.close();
    if (crashed) return EXIT_FAILED;
    await viewer.finish(result);
    return await ending(result, viewer, interrupt, flags, context);
  } finally {
    viewer.close();
    interrupt.release();
    process.off('uncaughtException', onCrash);
  }
}

async function ending(
  { summary, isDamaged }: LiveResult,
  viewer: LiveViewer,
  interrupt: Interrupt,
  flags: LiveFlags,
  context: CliContext,
): Promise<number> {
  if (!flags.quiet) await printWarnings(summary.warnings, context, flags.color);
  printFindings(summary.findings, context);
  if (interrupt.signalled) return EXIT_INTERRUPTED;
  return viewer.isUnread ? EXIT_DONE : exitCodeOf({ isDamaged, findings: summary.findings });
}

function chosenOrigin(operand: string | undefined, flags: LiveFlags, { env }: CliContext): LiveOrigin {
  if (operand !== undefined && flags.interface !== undefined) {
    throw new DpiError(
      'usage',
      `one interface at a time: '${operand}' or '${flags.interface}' (the interface 'any' is all of them)`,
    );
  }
  const interfaceName = operand ?? flags.interface ?? null;
  if (interfaceName === '')
    throw new DpiError('usage', "the interface has no name; 'dpi live --list' shows what there is");
  const { filter = null, snaplen = null, tool } = flags;
  if (interfaceName === '-') {
    const given = filter !== null ? '--filter' : snaplen !== null ? '--snaplen' : tool !== undefined ? '--tool' : null;
    if (given !== null) {
      throw new DpiError('usage', `${given} is for the capture tool, and standard input has been captured already`);
    }
  }
  return { interfaceName, filter, snapLen: snaplen, tool, env };
}

async function chosenViewer(
  origin: LiveOrigin,
  flags: LiveFlags,
  context: CliContext,
  interrupt: Interrupt,
): Promise<LiveViewer> {
  const { stdout, env } = context;
  const onUnread = () => interrupt.stop();
  if (flags.ndjson) return ndjsonViewer(stdout, flags.interval ?? STATS_MS, onUnread);
  if (flags.lines) return lineViewer(stdout, onUnread);
  const style = { paint: await loadPaint(wantsColour(stdout, env, flags.color)), top: flags.top };
  if (!stdout.isTTY || env.TERM === 'dumb') return reportViewer(context, style, flags.quiet ?? false, onUnread);
  // Standard input that is the capture must not be touched.
  const keys = origin.interfaceName !== '-' && isatty(0) ? process.stdin : null;
  return tableViewer(context, keys, style, flags.interval ?? REDRAW_MS, {
    onUnread,
    onQuit: onUnread,
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  });
}

/** The interfaces, a line each: name, and what the tool says of it. */
async function list(flags: LiveFlags, { stdout, env }: CliContext): Promise<number> {
  const [tool] = installedTools(env, flags.tool);
  if (tool === undefined) throw noTool(flags.tool);
  const all = await listInterfaces(tool);
  const width = Math.max(0, ...all.map(({ name }) => name.length)) + 2;
  for (const { name, description } of all) {
    stdout.write(`${(safeText(name).padEnd(width) + safeText(description)).trimEnd()}\n`);
  }
  return EXIT_DONE;
}
