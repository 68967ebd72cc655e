import { DpiError } from '../core/common/error.js';
import { safeText } from '../render/safe-text.js';
import { EXIT_FAILED } from './exit-codes.js';

/** Text for stderr and the exit code for something that was thrown: a sentence, never a stack unless `debug` is set. */
export function describeError(error: unknown, debug: boolean): { text: string; exitCode: number } {
  const known = error instanceof DpiError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`dpi: ${safeText(message)}`];
  if (!known) {
    lines[0] = `dpi: internal error: ${safeText(message)}`;
    if (!debug) lines.push('dpi: this is a defect of dpi; please report it with the output of DPI_DEBUG=1');
  }
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(...stackLines(error));
  return { text: `${lines.join('\n')}\n`, exitCode: known ? error.exitCode : EXIT_FAILED };
}

function stackLines(error: Error): string[] {
  const lines = error.stack!.split('\n').map(safeText);
  return error.cause instanceof Error ? [...lines, `caused by: ${safeText(error.cause.message)}`] : lines;
}
