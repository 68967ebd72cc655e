import { loadPaint } from '../render/paint.js';
import { safeText } from '../render/safe-text.js';
import type { CliContext } from './context.js';
import { wantsColour } from './terminal.js';

/** Each warning as a line on stderr. */
export async function printWarnings(
  warnings: readonly string[],
  { stderr, env }: CliContext,
  colourOption: boolean,
): Promise<void> {
  if (warnings.length === 0) return;
  const paint = await loadPaint(wantsColour(stderr, env, colourOption));
  const label = paint.notable('warning:');
  for (const warning of warnings) stderr.write(`dpi: ${label} ${safeText(warning)}\n`);
}
