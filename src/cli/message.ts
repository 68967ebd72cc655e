import { safeText } from '../render/safe-text.js';
import { wrapWords } from '../render/text-width.js';

const PREFIX = 'dpi: ';

/**
 * A sentence for stderr behind "dpi: ", in lines of at most `width` columns; a longer word, such as a path, stays
 * whole. The text ends with a line feed and is safe for a terminal.
 */
export function messageText(sentence: string, width: number): string {
  const words = safeText(PREFIX + sentence).split(' ');
  return `${wrapWords(words, ' ', width, PREFIX.length).join('\n')}\n`;
}
