import { isatty } from 'node:tty';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { loadPaint } from '../../render/paint.js';
import { safeText } from '../../render/safe-text.js';
import type { LiveOrigin, LiveResult } from '../../usecases/live/live-types.js';
import { installedTools, listInterfaces, noTool, TOOL_NAMES, type ToolName } from '../compose-tools.js';
import { addConditionOptions, type ConditionFlags } from '../condition-options.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { printFindings } from '../findings.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { lineViewer, ndjsonViewer } from '../live/event-viewer.js';
import { reportViewer } from '../live/report-viewer.js';
import { tableViewer } from '../live/table-viewer.js';
import type { LiveViewer } from '../live/viewer.js';
import { addAppsOption, addStreamOptions, wholeNumber } from '../options.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { addSelectionOptions, chosenSelection } from '../selection-options.js';
import { type ColourOption, wantsColour } from '../terminal.js';
import { timeSpan } from '../time-span.js';
import { printWarnings } from '../warnings.js';

interface LiveFlags extends RuleFlags, ReadingFlags, ConditionFlags {
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
  top: number;
  color: ColourOption;
  quiet?: boolean;
}

const DEFAULT_TOP = 10;
const MOST_SNAPLEN = 262_144;
const LEAST_INTERVAL_MS = 250;
const REDRAW_MS = 500;
const STATS_MS = 10_000;
/** The signals that end a program at a terminal; each must leave the terminal as it was. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

const GUIDE: Guide = {
  about: `
The capture tool, dumpcap or tcpdump, captures the packets: it needs the capture permission, dpi does not. A terminal
shows a table while packets arrive, then the report of 'dpi analyze'. Elsewhere only the report is printed.

The stored rules ('dpi rules'), kept up to date, and the command-line rules say what a filter on the path would block.
'dpi live' itself blocks nothing.

Keys: q quits, s sorts by current rate or by total.`,
  examples: [
    ['dpi live', 'the first interface, as a table'],
    ['dpi live eth0 --duration 30s', 'end after half a minute'],
    ['dpi live --list', 'the interfaces'],
    ["dpi live eth0 --filter 'not port 22'", 'a filter for the capture tool'],
    ['dpi live eth0 --write today.pcap', 'save the capture as well'],
    ['dpi live eth0 --lines | grep TIKTOK', 'a line for each new label'],
    [`dpi live eth0 --ndjson |\n  jq -r 'select(.type == "label") | .domain'`],
    ['dpi live eth0 --duration 60s --fail-on app:TELEGRAM'],
    ['tcpdump -U -w - | dpi live -i -', 'packets of another capture tool'],
    ['ssh router tcpdump -U -w - not port 22 | dpi live -i -'],
  ],
  exitCodes:
    '0 done, 1 a --fail-on condition was found or --only did not hold, 2 wrong usage or no capture possible, 3 the capture ended ' +
    'early, 130 interrupted.',
};

export function configure(command: Command, context: CliContext): void {
  command
    .argument('[interface]', 'interface to capture on (default: the first of --list), "-" for standard input')
    .option('-i, --interface <name>', 'the same as an option, as tcpdump takes it')
    .option('--list', 'list the interfaces')
    .option('--filter <expression>', "filter expression for the capture tool (see 'man pcap-filter')")
    .option(
      '--snaplen <bytes>',
      'snapshot length: bytes captured of each packet',
      wholeNumber('--snaplen', MOST_SNAPLEN),
    )
    .addOption(new Option('--tool <name>', 'capture tool').choices([...TOOL_NAMES]))
    .option('-w, --write <file>', 'save the packets in a file, which grows as they arrive')
    .option('--duration <time>', 'end after 30s, 5m or 2h', timeSpan('--duration', 1))
    .option('-c, --count <n>', 'end after this many packets', wholeNumber('--count'));
  addAppsOption(command);
  addReadingOptions(command);
  addConditionOptions(command);
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .addOption(new Option('--ndjson', 'print JSON objects: labels, ended connections, statistics').conflicts('lines'))
      .option('--lines', 'print a line for each connection when its app or name is known')
      .option(
        '--interval <time>',
        'refresh interval of the table (default: 500ms) or of --ndjson statistics (10s)',
        timeSpan('--interval', LEAST_INTERVAL_MS),
      )
      .option('--top <n>', 'rows in each list of the report', wholeNumber('--top'), DEFAULT_TOP);
  });
  addStreamOptions(command);
  addSelectionOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (operand: string | undefined, flags: LiveFlags) => {
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
  // A defect ends the run; its message is printed below the table.
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
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      select: chosenSelection(flags),
      rules,
      failOn: flags.failOn ?? [],
      only: flags.only ?? [],
      top: flags.ndjson || flags.lines ? 0 : flags.top,
      signal: interrupt.signal,
      // Printed below the table at the end.
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
  // A reader that has left misses nothing of the capture, but --fail-on counts all the same.
  return exitCodeOf({ isDamaged: isDamaged && !viewer.isUnread, findings: summary.findings });
}

function chosenOrigin(operand: string | undefined, flags: LiveFlags, { env }: CliContext): LiveOrigin {
  if (operand !== undefined && flags.interface !== undefined) {
    throw new DpiError(
      'usage',
      `only one interface at a time: '${operand}' or '${flags.interface}' ('any' captures on all)`,
    );
  }
  const interfaceName = operand ?? flags.interface ?? null;
  if (interfaceName === '')
    throw new DpiError('usage', "the interface name is empty; 'dpi live --list' shows the interfaces");
  const { filter = null, snaplen = null, tool } = flags;
  if (interfaceName === '-') {
    const given = filter !== null ? '--filter' : snaplen !== null ? '--snaplen' : tool !== undefined ? '--tool' : null;
    if (given !== null) {
      throw new DpiError('usage', `${given} is for the capture tool; standard input is captured already`);
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
  // Standard input may be the capture.
  const keys = origin.interfaceName !== '-' && isatty(0) ? process.stdin : null;
  return tableViewer(context, keys, style, flags.interval ?? REDRAW_MS, {
    onUnread,
    onQuit: onUnread,
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  });
}

/** The interfaces, a line each: the name and the tool's description. */
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
