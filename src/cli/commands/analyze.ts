import { type Command, Option } from 'commander';
import type { ConnectionRecord } from '../../core/report/model.js';
import { asciiText } from '../../render/ascii.js';
import { TABLE_FORMAT } from '../../render/formats.js';
import { durationText, pluralText, rateText } from '../../render/quantities.js';
import type { ReportFormat } from '../../render/report-format.js';
import { VIEW_NAMES } from '../../render/views/views.js';
import { monotonicMs } from '../../system/clock.js';
import type { AnalyzeResult } from '../../usecases/analyze/analyze-types.js';
import { addConditionOptions, type ConditionFlags, withoutConditions } from '../condition-options.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { printFindings } from '../findings.js';
import { addForeignFormatOption, type ForeignFormat } from '../foreign-format-option.js';
import { addGuide, type Guide } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addReportOptions, chosenFormat, wholeNumber } from '../options.js';
import type { Output } from '../output.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { chosenReport, type ReportChoiceFlags } from '../report-choice.js';
import { reportStyle } from '../report-style.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { addSelectionOptions, chosenSelection } from '../selection-options.js';
import { StreamOutput } from '../stream-output.js';
import { hasUnicode } from '../terminal.js';
import { openTextOutput } from '../text-output.js';
import { timeSpan } from '../time-span.js';
import { printWarnings } from '../warnings.js';

/** More than the program uses: scripts may pass the number of cores. */
const MOST_JOBS = 1024;

interface AnalyzeFlags extends ReportChoiceFlags, RuleFlags, ReadingFlags, ConditionFlags {
  apps?: string[];
  explain?: string;
  interval?: number;
  format?: ForeignFormat;
}

const GUIDE: Guide = {
  about: `
Captures are pcap or pcapng files, plain or compressed with gzip or zstd. Several captures are read in the given order
as one. "-" reads standard input.

The stored rules ('dpi rules') and the command-line rules are applied as a filter on the path would apply them: the
report says what they would have blocked.`,
  examples: [
    ['dpi analyze capture.pcap', 'a report on one screen'],
    ['dpi analyze --all capture.pcap | less', 'the same with every row'],
    ['dpi analyze ring_00001.pcap ring_00002.pcap', 'rotated captures'],
    ['tcpdump -w - -c 1000 | dpi analyze -', 'live traffic'],
    ['dpi analyze --view hosts --csv capture.pcap > hosts.csv', 'one list of the report, whole'],
    ['dpi analyze --json -o report.json capture.pcap', 'everything, with exact numbers'],
    [`dpi analyze --ndjson capture.pcap |\n  jq -r 'select(.app == "YOUTUBE") | .domain'`],
    ['dpi analyze --app NETFLIX --since 10s --until 1m capture.pcap', 'one app in one period'],
    [`dpi analyze --where 'bytes > 1M and app == UNKNOWN' capture.pcap`],
    ['dpi analyze --block-app TIKTOK capture.pcap', 'what blocking TikTok would do'],
    ['dpi analyze --explain i.ytimg.com capture.pcap', 'how it got its label'],
    ['dpi analyze --explain 17 capture.pcap', 'all about connection 17'],
    ['dpi analyze --fail-on app:TIKTOK ci.pcap', 'exit code 1 if TikTok is found'],
    ['dpi analyze --only proto:dns --only domain:example.com ci.pcap', 'exit code 1 if there is anything else'],
  ],
  exitCodes:
    '0 done, 1 a --fail-on condition was found or --only did not hold, 2 wrong usage or unreadable input, 3 part of the input was damaged, ' +
    '130 interrupted.',
};

export function configure(command: Command, context: CliContext): void {
  command.argument('<capture...>', 'capture files, "-" for standard input');
  addAppsOption(command);
  addReadingOptions(command);
  addConditionOptions(command);
  command.addOption(
    new Option(
      '--explain <query>',
      'show byte by byte how a host, app, address or connection id got its label',
    ).conflicts(['ndjson', 'csv', 'failOn', 'only', 'sort']),
  );
  command.addOption(
    new Option('--view <name>', 'print one list of the report, with all rows, as a table, --json or --csv')
      .choices(VIEW_NAMES)
      .conflicts(['ndjson', 'explain']),
  );
  command.addOption(new Option('--jobs <n>', 'no effect').argParser(wholeNumber('--jobs', MOST_JOBS)).hideHelp());
  command.option('--interval <time>', 'width of a bucket of the timeline, such as 10s', timeSpan('--interval', 1));
  addReportOptions(command);
  addForeignFormatOption(command);
  addSelectionOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (args: string[], flags: AnalyzeFlags) => {
    const inputs = withoutConditions(args, flags);
    if (flags.format !== undefined) {
      process.exitCode = await (await import('../foreign-logs.js')).writeForeignLogs(inputs, flags, context);
    } else if (flags.explain === undefined) process.exitCode = await analyze(inputs, flags, context);
    else process.exitCode = await (await import('../explain.js')).explain(inputs, flags, context);
  });
}

/** Reads the inputs and prints the report; returns the exit code. */
async function analyze(inputs: string[], flags: AnalyzeFlags, context: CliContext): Promise<number> {
  const { env } = context;
  const started = monotonicMs();
  const toFile = flags.output !== undefined && flags.output !== '-';
  const style = await reportStyle(context, flags, toFile);
  const { spec, rows, streams, analysis } = chosenReport(flags, style.top);
  const isText = chosenFormat(flags) === TABLE_FORMAT;
  const interrupt = new Interrupt();
  const output = toFile
    ? await (await import('../file-output.js')).openFileOutput(flags.output!, inputs, interrupt)
    : await openTextOutput(context, flags.pager && isText, interrupt);
  if (output === null) {
    if (!flags.quiet) await printWarnings([`interrupted: ${flags.output} was not written`], context, flags.color);
    return EXIT_INTERRUPTED;
  }
  const progress = progressOn(context, flags.color);
  try {
    const createFormat = await spec.load();
    const isAscii = isText && !hasUnicode(env);
    const format = createFormat((text) => output.write(isAscii ? asciiText(text) : text), {
      ...style,
      top: rows,
      writeBytes: (buf, start, end) => output.writeBytes(buf, start, end),
    });
    const analyzeCaptures = await context.loadAnalyze();
    const result = await analyzeCaptures(inputs, {
      onConnection: streams ? (connection) => format.connection(connection) : undefined,
      reusesRecord: true,
      drain: () => output.drain(),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
      limits: chosenLimits(flags),
      ...analysis,
      select: chosenSelection(flags),
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      rules: chosenRules(flags, context),
      failOn: flags.failOn ?? [],
      intervalMs: flags.interval,
      only: flags.only ?? [],
    });
    progress.clear();
    if (spec.listsConnections && !streams) await writeAll(result.top, format, output);
    return await report(result, {
      format,
      output,
      toFile,
      interrupt,
      flags,
      context,
      elapsedMs: monotonicMs() - started,
    });
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}

/** Writes connections as fast as the output takes them. */
async function writeAll(connections: readonly ConnectionRecord[], format: ReportFormat, output: Output): Promise<void> {
  for (const connection of connections) {
    format.connection(connection);
    const waiting = output.drain();
    if (waiting) await waiting;
  }
}

interface Ending {
  format: ReportFormat;
  output: Output;
  toFile: boolean;
  interrupt: Interrupt;
  flags: AnalyzeFlags;
  context: CliContext;
  elapsedMs: number;
}

async function report(result: AnalyzeResult, ending: Ending): Promise<number> {
  const { format, output, toFile, interrupt, flags, context, elapsedMs } = ending;
  const { top: topConnections, domainCount } = result;
  const warnings = [...result.summary.warnings];
  // A file under its final name would look like a whole report.
  const keep = !(toFile && interrupt.signalled);
  if (interrupt.signalled) {
    warnings.push(
      keep ? 'interrupted: the report covers what was read so far' : `interrupted: ${flags.output} was not written`,
    );
  }
  if (keep) {
    format.finish({ summary: { ...result.summary, warnings }, topConnections, domainCount });
    await output.commit();
  }
  if (!flags.quiet) {
    await printWarnings(warnings, context, flags.color);
    if (context.stderr.isTTY && output.isPaged !== true)
      context.stderr.write(timeLine(result.summary.total_packets, elapsedMs));
  }
  printFindings(result.summary.findings, context);
  if (interrupt.signalled) return EXIT_INTERRUPTED;
  const readerGone = output instanceof StreamOutput && output.isClosed;
  return readerGone ? EXIT_DONE : exitCodeOf({ isDamaged: result.isDamaged, findings: result.summary.findings });
}

/** "Read 692 packets in 86 ms (8.0 k packets/s)." */
function timeLine(packets: number, elapsedMs: number): string {
  const rate = elapsedMs >= 1000 ? ` (${rateText(packets / (elapsedMs / 1000))} packets/s)` : '';
  return `Read ${pluralText(packets, 'packet')} in ${durationText(elapsedMs / 1000)}${rate}.\n`;
}
