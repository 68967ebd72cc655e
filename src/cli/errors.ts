import { DpiError } from '../core/common/error.js';
import { safeText } from '../render/safe-text.js';

/** Text for stderr for something that was thrown: a sentence, and a stack only if `debug` is set. */
export function describeError(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`dpi: ${safeText(message)}`];
  if (!(error instanceof DpiError)) {
    lines[0] = `dpi: internal error: ${safeText(message)}`;
    if (!debug) lines.push('dpi: this is a defect of dpi; please report it with the output of DPI_DEBUG=1');
  }
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(...stackLines(error));
  return `${lines.join('\n')}\n`;
}

function stackLines(error: Error): string[] {
  const lines = error.stack!.split('\n').map(safeText);
  return error.cause instanceof Error ? [...lines, `caused by: ${safeText(error.cause.message)}`] : lines;
}
