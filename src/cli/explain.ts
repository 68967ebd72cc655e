import { explainJson } from '../render/explain-json.js';
import { loadPaint } from '../render/paint.js';
import type { CliContext } from './context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from './exit-codes.js';
import { openFileOutput } from './file-output.js';
import { Interrupt } from './interrupt.js';
import { chosenLimits } from './limit-options.js';
import { chosenFormat, chosenTop, type ReportFlags } from './options.js';
import { progressOn } from './progress.js';
import type { ReadingFlags } from './reading-options.js';
import { chosenRules, type RuleFlags } from './rule-options.js';
import { chosenSelection } from './selection-options.js';
import { StreamOutput } from './stream-output.js';
import { terminalWidth, wantsColour } from './terminal.js';
import { openTextOutput } from './text-output.js';
import { printWarnings } from './warnings.js';

/** The flags of `analyze` that apply to an explanation. */
export interface ExplainFlags extends ReportFlags, RuleFlags, ReadingFlags {
  apps?: string[];
  explain?: string;
}

/** `dpi analyze --explain`: shows how connections got their labels; returns the exit code. */
export async function explain(inputs: string[], flags: ExplainFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env } = context;
  const asJson = chosenFormat(flags).flag === 'json';
  const interrupt = new Interrupt();
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile
    ? await openFileOutput(flags.output!, inputs, interrupt)
    : await openTextOutput(context, flags.pager && !asJson, interrupt);
  if (output === null) {
    if (!flags.quiet) await printWarnings([`interrupted: ${flags.output} was not written`], context, flags.color);
    return EXIT_INTERRUPTED;
  }
  const progress = progressOn(context, flags.color);
  try {
    const write = (text: string) => output.write(text);
    const width = toFile ? terminalWidth({}, {}, env) : terminalWidth(stdout, stderr, env);
    const paint = await loadPaint(!toFile && wantsColour(stdout, env, flags.color));
    const format = asJson
      ? explainJson(write)
      : (await import('../render/explain-format.js')).explainText(write, { width, paint });
    const { explainConnections } = await import('../usecases/explain/explain.js');
    const result = await explainConnections(inputs, {
      what: flags.explain!,
      limit: chosenTop(flags),
      onExplanation: (explanation) => {
        progress.clear();
        format.explanation(explanation);
      },
      drain: () => output.drain(),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      select: chosenSelection(flags),
      rules: chosenRules(flags, context),
      limits: chosenLimits(flags),
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!flags.quiet) await printWarnings(['interrupted: not everything was read'], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    format.finish(result);
    await output.commit();
    if (!flags.quiet) await printWarnings(result.warnings, context, flags.color);
    return output instanceof StreamOutput && output.isClosed ? EXIT_DONE : exitCodeOf(result);
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}
