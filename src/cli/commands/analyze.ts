import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { ALL_FACTS } from '../../core/report/all-facts.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import type { NameBytes } from '../../core/report/name-bytes.js';
import { asciiText } from '../../render/ascii.js';
import { TABLE_FORMAT } from '../../render/formats.js';
import { durationText, pluralText, rateText } from '../../render/quantities.js';
import type { ReportFormat } from '../../render/report-format.js';
import { VIEW_NAMES } from '../../render/views/views.js';
import { monotonicMs } from '../../system/clock.js';
import type { AnalyzeOptions, AnalyzeResult } from '../../usecases/analyze/analyze-types.js';
import type { DataSetOutput } from '../../usecases/data-set/data-set.js';
import { addCiOption, type CiFlags } from '../ci-output.js';
import { addConditionOptions, type ConditionFlags, withoutConditions } from '../condition-options.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { printFindings } from '../findings.js';
import { FOREIGN_FORMATS, isForeignFormat } from '../foreign-format-option.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
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
import { printWarnings, unreportedWarnings, warningLines } from '../warnings.js';

/** More than the program uses: scripts may pass the number of cores. */
const MOST_JOBS = 1024;

interface AnalyzeFlags extends ReportChoiceFlags, RuleFlags, ReadingFlags, ConditionFlags, CiFlags {
  apps?: string[];
  explain?: string;
  interval?: number;
  parquet?: string;
}

const GUIDE: Guide = {
  about: `
Captures are pcap or pcapng files, plain or compressed with gzip, zstd or lz4. Several captures are read in the given order
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
    ['dpi analyze --parquet dataset capture.pcap', 'the same for DuckDB, Spark and the like'],
    ['dpi analyze -o report.html capture.pcap', 'a page for a browser, to look at and to mail'],
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
    ).conflicts(['ndjson', 'csv', 'html', 'failOn', 'only', 'sort']),
  );
  command.addOption(
    new Option('--view <name>', 'print one list of the report, with all rows, as a table, --json or --csv')
      .choices(VIEW_NAMES)
      .conflicts(['ndjson', 'html', 'explain']),
  );
  command.addOption(new Option('--jobs <n>', 'no effect').argParser(wholeNumber('--jobs', MOST_JOBS)).hideHelp());
  command.option('--interval <time>', 'width of a bucket of the timeline, such as 10s', timeSpan('--interval', 1));
  addReportOptions(command);
  addGroup(command, OUTPUT_GROUP, () =>
    command.addOption(
      new Option('--parquet <dir>', 'also write the connections and sums to a folder, as Parquet files').conflicts([
        'explain',
      ]),
    ),
  );
  addCiOption(command, ['json', 'ndjson', 'csv', 'html', 'view', 'explain', 'sort', 'parquet'], FOREIGN_FORMATS);
  addSelectionOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (args: string[], flags: AnalyzeFlags) => {
    const inputs = withoutConditions(args, flags);
    if (flags.format !== undefined) process.exitCode = await analyzeInto(flags.format, inputs, flags, context);
    else if (flags.explain === undefined) process.exitCode = await analyze(inputs, flags, context);
    else process.exitCode = await (await import('../explain.js')).explain(inputs, flags, context);
  });
}

/** Writes what `--format` names; returns the exit code. */
async function analyzeInto(
  format: string,
  inputs: string[],
  flags: AnalyzeFlags,
  context: CliContext,
): Promise<number> {
  if (isForeignFormat(format)) {
    const { writeForeignLogs } = await import('../foreign-logs.js');
    return writeForeignLogs(inputs, { ...flags, format }, chosenAnalysis(flags, context), context);
  }
  const { analyzeForCi } = await import('../analyze-ci.js');
  return analyzeForCi(inputs, flags, chosenAnalysis(flags, context), context);
}

/** The options of the analysis that do not depend on the format. */
function chosenAnalysis(flags: AnalyzeFlags, context: CliContext): AnalyzeOptions {
  return {
    limits: chosenLimits(flags),
    select: chosenSelection(flags),
    appsFiles: flags.apps ?? [],
    ignoreVlan: flags.ignoreVlan,
    followCname: flags.followCname,
    rules: chosenRules(flags, context),
    failOn: flags.failOn ?? [],
    intervalMs: flags.interval,
    only: flags.only ?? [],
  };
}

/** Reads the inputs and prints the report; returns the exit code. */
async function analyze(inputs: string[], flags: AnalyzeFlags, context: CliContext): Promise<number> {
  const { env } = context;
  const started = monotonicMs();
  const toFile = flags.output !== undefined && flags.output !== '-';
  const style = await reportStyle(context, flags, toFile);
  const { spec, rows, streams, analysis } = chosenReport(flags, style.top);
  const isText = chosenFormat(flags) === TABLE_FORMAT;
  if (spec.isPage === true && !toFile && context.stdout.isTTY) {
    throw new DpiError('usage', '--html writes a page for a browser: name its file with -o report.html');
  }
  if (flags.redact && spec.isPage !== true) throw new DpiError('usage', '--redact needs --html');
  const interrupt = new Interrupt();
  const output = toFile
    ? await (await import('../file-output.js')).openFileOutput(flags.output!, inputs, interrupt)
    : await openTextOutput(context, flags.pager && isText, interrupt);
  if (output === null) {
    if (!flags.quiet) await printWarnings([`interrupted: ${flags.output} was not written`], context, flags.color);
    return EXIT_INTERRUPTED;
  }
  const progress = progressOn(context, flags.color);
  let dataSet: DataSetOutput | null = null;
  try {
    if (flags.parquet !== undefined) {
      dataSet = await (await import('../../usecases/data-set/data-set.js')).openDataSet(flags.parquet, inputs);
    }
    const createFormat = await spec.load();
    const isAscii = isText && !hasUnicode(env);
    const isSilent = answersByExitCode(flags);
    const write = (text: string) => output.write(isAscii ? asciiText(text) : text);
    const format = createFormat(isSilent ? () => {} : write, {
      ...style,
      top: rows,
      redact: flags.redact,
      writeBytes: (buf, start, end) => output.writeBytes(buf, start, end),
    });
    const analyzeCaptures = await context.loadAnalyze();
    const result = await analyzeCaptures(inputs, {
      onConnection: takerOf(streams ? format : null, dataSet),
      reusesRecord: true,
      nameBytes: spec.isPage === true && !flags.redact,
      drain: () => output.drain(),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
      ...analysis,
      ...(dataSet !== null && { facts: ALL_FACTS }),
      ...chosenAnalysis(flags, context),
    });
    progress.clear();
    if (spec.listsConnections && !streams) await writeAll(result.top, format, output);
    return await report(result, {
      format,
      output,
      dataSet,
      toFile,
      interrupt,
      flags,
      context,
      elapsedMs: monotonicMs() - started,
    });
  } finally {
    progress.clear();
    output.discard();
    dataSet?.discard();
    interrupt.release();
  }
}

/** What takes each connection as it ends; undefined for nothing. */
function takerOf(
  format: ReportFormat | null,
  dataSet: DataSetOutput | null,
): ((connection: ConnectionRecord, nameBytes?: NameBytes | null) => void) | undefined {
  if (dataSet === null)
    return format === null ? undefined : (connection, nameBytes) => format.connection(connection, nameBytes);
  return (connection, nameBytes) => {
    dataSet.connection(connection);
    format?.connection(connection, nameBytes);
  };
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
  dataSet: DataSetOutput | null;
  toFile: boolean;
  interrupt: Interrupt;
  flags: AnalyzeFlags;
  context: CliContext;
  elapsedMs: number;
}

async function report(result: AnalyzeResult, ending: Ending): Promise<number> {
  const { format, output, dataSet, toFile, interrupt, flags, context, elapsedMs } = ending;
  const { top: topConnections, domainCount, hostCount } = result;
  const warnings = [...result.summary.warnings];
  // A file under its final name would look like a whole report.
  const keep = !(toFile && interrupt.signalled);
  if (interrupt.signalled) {
    warnings.push(
      keep ? 'interrupted: the report covers what was read so far' : `interrupted: ${flags.output} was not written`,
    );
  }
  if (dataSet !== null) {
    if (interrupt.signalled) warnings.push(`interrupted: ${flags.parquet} was not changed`);
    else await dataSet.finish(result.summary);
  }
  // What the report shows needs no second line below it.
  const onTerminal =
    keep && !toFile && isReport(flags) && context.stdout.isTTY === true && context.stderr.isTTY === true;
  const printed = onTerminal ? unreportedWarnings({ ...result.summary, warnings }) : warnings;
  if (keep) {
    const linesBelow = onTerminal ? warningLines(printed, context) : 0;
    format.finish({ summary: { ...result.summary, warnings }, topConnections, domainCount, hostCount, linesBelow });
    await output.commit();
  }
  if (!flags.quiet) {
    await printWarnings(printed, context, flags.color);
    if (context.stderr.isTTY && output.isPaged !== true)
      context.stderr.write(timeLine(result.summary.total_packets, elapsedMs));
  }
  printFindings(result.summary.findings, context);
  if (interrupt.signalled) return EXIT_INTERRUPTED;
  const readerGone = output instanceof StreamOutput && output.isClosed;
  return readerGone ? EXIT_DONE : exitCodeOf({ isDamaged: result.isDamaged, findings: result.summary.findings });
}

/** With --quiet and conditions, the exit code is the answer, as that of `grep -q`, unless a format is asked for. */
function answersByExitCode({ quiet, failOn = [], only = [], output, ...flags }: AnalyzeFlags): boolean {
  return quiet === true && output === undefined && isReport(flags as AnalyzeFlags) && failOn.length + only.length > 0;
}

/** The report for people, whole. */
function isReport(flags: AnalyzeFlags): boolean {
  return flags.view === undefined && chosenFormat(flags) === TABLE_FORMAT;
}

/** "Read 692 packets in 86 ms (8.0 k packets/s)." */
function timeLine(packets: number, elapsedMs: number): string {
  const rate = elapsedMs >= 1000 ? ` (${rateText(packets / (elapsedMs / 1000))} packets/s)` : '';
  return `Read ${pluralText(packets, 'packet')} in ${durationText(elapsedMs / 1000)}${rate}.\n`;
}
