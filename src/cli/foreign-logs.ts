import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DpiError } from '../core/common/error.js';
import type { FactsOptions } from '../core/report/model.js';
import type { LogName } from '../render/zeek/fields.js';
import type { AnalyzeOptions, AnalyzeResult } from '../usecases/analyze/analyze-types.js';
import type { CliContext } from './context.js';
import { EXIT_INTERRUPTED, exitCodeOf } from './exit-codes.js';
import { FileOutput } from './file-output.js';
import { printFindings } from './findings.js';
import type { ForeignFormat } from './foreign-format-option.js';
import { Interrupt } from './interrupt.js';
import type { ReportFlags } from './options.js';
import { progressOn } from './progress.js';
import { printWarnings } from './warnings.js';

export interface ForeignFlags extends ReportFlags {
  format?: ForeignFormat;
}

const FACTS: FactsOptions = { packets: true, quality: 'details' };

/** `dpi analyze --format zeek|zeek-json|eve`; returns the exit code. */
export async function writeForeignLogs(
  inputs: string[],
  flags: ForeignFlags,
  analysis: AnalyzeOptions,
  context: CliContext,
): Promise<number> {
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  const options = {
    ...analysis,
    onProgress: flags.quiet ? undefined : (state: Parameters<typeof progress.update>[0]) => progress.update(state),
    signal: interrupt.signal,
    reusesRecord: true,
    top: 0,
    facts: FACTS,
  } satisfies AnalyzeOptions;
  try {
    const write = flags.format === 'eve' ? writeEve : writeZeek;
    const result = await write(inputs, flags, { context, interrupt, options });
    progress.clear();
    if (interrupt.signalled || result === null) {
      if (!flags.quiet) await printWarnings(['interrupted: the logs were not written'], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    if (!flags.quiet) await printWarnings(result.summary.warnings, context, flags.color);
    printFindings(result.summary.findings, context);
    return exitCodeOf({ isDamaged: result.isDamaged, findings: result.summary.findings });
  } finally {
    progress.clear();
    interrupt.release();
  }
}

interface LogRun {
  readonly context: CliContext;
  readonly interrupt: Interrupt;
  readonly options: AnalyzeOptions;
}

/** A file for each log that has lines; all of them appear when the analysis is complete. */
async function writeZeek(
  inputs: string[],
  flags: ForeignFlags,
  { context, interrupt, options }: LogRun,
): Promise<AnalyzeResult | null> {
  const folder = flags.output;
  if (folder === undefined || folder === '-') {
    throw new DpiError('usage', `--format ${flags.format} writes several files: -o names the folder for them`);
  }
  makeFolder(folder);
  const { ZeekLogs } = await import('../render/zeek/zeek-logs.js');
  const files = new Map<LogName, FileOutput>();
  const logs = new ZeekLogs((log, text) => {
    let file = files.get(log);
    if (file === undefined) {
      file = new FileOutput(join(folder, `${log}.log`), inputs);
      files.set(log, file);
    }
    file.write(text);
  }, flags.format === 'zeek-json');
  try {
    const analyzeCaptures = await context.loadAnalyze();
    const result = await analyzeCaptures(inputs, { ...options, onConnection: (one) => logs.connection(one) });
    if (interrupt.signalled) return null;
    for (const file of files.values()) await file.commit();
    return result;
  } finally {
    for (const file of files.values()) file.discard();
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new DpiError('unwritable-output', `the folder ${folder} can't be made: ${(error as Error).message}`);
  }
}

async function writeEve(
  inputs: string[],
  flags: ForeignFlags,
  { context, interrupt, options }: LogRun,
): Promise<AnalyzeResult | null> {
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile
    ? await (await import('./file-output.js')).openFileOutput(flags.output!, inputs, interrupt)
    : await (await import('./text-output.js')).openTextOutput(context, false, interrupt);
  if (output === null) return null;
  try {
    const { eveFormat } = await import('../render/eve.js');
    const format = eveFormat((text) => output.write(text));
    const analyzeCaptures = await context.loadAnalyze();
    const result = await analyzeCaptures(inputs, {
      ...options,
      onConnection: (one) => format.connection(one),
      drain: () => output.drain(),
    });
    if (interrupt.signalled && toFile) return null;
    await output.commit();
    return result;
  } finally {
    output.discard();
  }
}
