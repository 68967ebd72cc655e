import { loadPaint } from '../render/paint.js';
import type { CliContext } from './context.js';
import { messageText } from './message.js';
import { type ColourOption, messageWidth, wantsColour } from './terminal.js';

const LABEL = 'warning:';

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
