import { LIMIT_REACHED } from '../core/report/limit-words.js';
import type { ReportSummary } from '../core/report/model.js';
import { loadPaint } from '../render/paint.js';
import type { CliContext } from './context.js';
import { messageText } from './message.js';
import { type ColourOption, messageWidth, wantsColour } from './terminal.js';

const LABEL = 'warning:';

/** Without the warnings about damage and limits, which a report for people shows itself. */
export function unreportedWarnings({ warnings, inputs }: ReportSummary): string[] {
  const damages = new Set(inputs.map(({ name, damage }) => `${name}: ${damage}`));
  return warnings.filter((warning) => !warning.startsWith(LIMIT_REACHED) && !damages.has(warning));
}

/** Lines that `printWarnings` prints. */
export function warningLines(warnings: readonly string[], { stderr, env }: CliContext): number {
  const width = messageWidth(stderr, env);
  const lines = warnings.map((warning) => messageText(`${LABEL} ${warning}`, width).split('\n').length - 1);
  return lines.reduce((sum, count) => sum + count, 0);
}

/** Prints each warning on stderr, wrapped as errors are. */
export async function printWarnings(
  warnings: readonly string[],
  { stderr, env }: CliContext,
  colourOption: ColourOption,
): Promise<void> {
  if (warnings.length === 0) return;
  const paint = await loadPaint(wantsColour(stderr, env, colourOption));
  const width = messageWidth(stderr, env);
  for (const warning of warnings) {
    stderr.write(messageText(`${LABEL} ${warning}`, width).replace(LABEL, paint.notable(LABEL)));
  }
}
