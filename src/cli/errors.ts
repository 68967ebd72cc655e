import { DpiError } from '../core/common/error.js';
import { safeText } from '../render/safe-text.js';
import { messageText } from './message.js';

/** Text for stderr, in lines of at most `width` columns: a sentence, and the stack only if `isDebug` is set. */
export function describeError(error: unknown, isDebug: boolean, width: number): string {
  const known = error instanceof DpiError;
  const message = error instanceof Error ? error.message : String(error);
  let text = messageText(known ? message : `internal error: ${message}`, width);
  if (!known && !isDebug) {
    text += messageText('this is a defect of dpi; please report it with the output of DPI_DEBUG=1', width);
  }
  if (isDebug && error instanceof Error && error.stack !== undefined) text += `${stackLines(error).join('\n')}\n`;
  return text;
}

function stackLines(error: Error): string[] {
  const lines = error.stack!.split('\n').map(safeText);
  return error.cause instanceof Error ? [...lines, `caused by: ${safeText(error.cause.message)}`] : lines;
}
