import { DpiError } from '../core/common/error.js';
import { conditionChecks } from '../render/ci/condition-checks.js';
import type { AnalyzeOptions } from '../usecases/analyze/analyze-types.js';
import { type CiFlags, writeCi } from './ci-output.js';
import type { ConditionFlags } from './condition-options.js';
import type { CliContext } from './context.js';
import { EXIT_INTERRUPTED, exitCodeOf } from './exit-codes.js';
import { FileOutput } from './file-output.js';
import { printFindings } from './findings.js';
import { Interrupt } from './interrupt.js';
import { progressOn } from './progress.js';
import { StreamOutput } from './stream-output.js';
import type { ColourOption } from './terminal.js';
import { printWarnings } from './warnings.js';

interface AnalyzeCiFlags extends CiFlags, ConditionFlags {
  output?: string;
  color: ColourOption;
  quiet?: boolean;
}

/** `dpi analyze --format`: prints the conditions that are met in place of the report. Returns the exit code. */
export async function analyzeForCi(
  inputs: string[],
  flags: AnalyzeCiFlags,
  options: AnalyzeOptions,
  context: CliContext,
): Promise<number> {
  const { failOn = [], only = [], format, quiet } = flags;
  if (failOn.length + only.length === 0) {
    throw new DpiError('usage', '--format prints what --fail-on and --only find; give one of them');
  }
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!, inputs) : new StreamOutput(context.stdout);
  try {
    const analyzeCaptures = await context.loadAnalyze();
    const { summary, proofs, isDamaged } = await analyzeCaptures(inputs, {
      ...options,
      top: 0,
      facts: { packets: true },
      handshakes: true,
      proofs: true,
      onProgress: quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!quiet) await printWarnings(['interrupted: the findings were not written'], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    await writeCi(conditionChecks(summary, proofs), format!, output, context);
    await output.commit();
    if (!quiet) await printWarnings(summary.warnings, context, flags.color);
    printFindings(summary.findings, context);
    return exitCodeOf({ isDamaged, findings: summary.findings });
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}
