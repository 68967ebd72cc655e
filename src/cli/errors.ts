import { type Excerpt, isDpiError } from '../core/common/error.js';
import { safeText } from '../render/safe-text.js';
import { shortenEnd, textWidth } from '../render/text-width.js';
import { messageText } from './message.js';

const INDENT = '  ';

/** Text for stderr, in lines of at most `width` columns: a sentence, and the stack only if `isDebug` is set. */
export function describeError(error: unknown, isDebug: boolean, width: number): string {
  const known = isDpiError(error);
  const message = error instanceof Error ? error.message : String(error);
  let text = messageText(known ? message : `internal error: ${message}`, width);
  if (known && error.excerpt !== null) text += `${excerptLines(error.excerpt, width).join('\n')}\n`;
  if (!known && !isDebug) {
    text += messageText('this is a defect of dpi; please report it with the output of DPI_DEBUG=1', width);
  }
  if (isDebug && error instanceof Error && error.stack !== undefined) text += `${stackLines(error).join('\n')}\n`;
  return text;
}

/** The text around the mistake, and marks below it. */
function excerptLines({ text, at, end }: Excerpt, width: number): string[] {
  const room = Math.max(20, width - INDENT.length);
  // The mistake is in the line, with what stands before it.
  const start = Math.max(0, at - Math.floor(room / 2));
  const shown = (from: number, to: number) => safeText(text.slice(from, to).replaceAll(/\s/g, ' '));
  const line = shortenEnd(shown(start, text.length), room);
  const column = textWidth(shown(start, at));
  const marks = Math.max(1, Math.min(room - column, textWidth(shown(at, end))));
  return [`${INDENT}${line}`, `${INDENT}${' '.repeat(column)}${'^'.repeat(marks)}`];
}

function stackLines(error: Error): string[] {
  const lines = error.stack!.split('\n').map(safeText);
  return error.cause instanceof Error ? [...lines, `caused by: ${safeText(error.cause.message)}`] : lines;
}
