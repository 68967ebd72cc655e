import stringWidth from 'string-width';

/** ASCII and the characters that our reports draw with (dot, ellipsis, arrow, blocks, cross): one column each. */
const NARROW = /^[\x20-\x7e\u00b7\u2026\u2192\u2581-\u258f\u2717]*$/;
const ELLIPSIS = '…';

/** Columns that `text` takes on a terminal: wide characters two, combining ones and colour codes none. */
export function textWidth(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** `text` in at most `width` columns, the middle replaced by '…': both ends of a host name or a path matter. */
export function shortenMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? ELLIPSIS : '';
  // The end of a name (its registered domain, a file's extension) matters more than the beginning.
  const headWidth = Math.floor((width - 1) * 0.4);
  return head(text, headWidth) + ELLIPSIS + tail(text, width - 1 - headWidth);
}

/** `text` in at most `width` columns, its end replaced by '…'. */
export function shortenEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? '' : head(text, width - 1) + ELLIPSIS;
}

/** `text` with spaces behind it up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** `text` with spaces in front of it up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/**
 * Wraps words into lines of at most `width` columns; later lines begin with `indent` spaces. A word that is wider than
 * a line stays whole on a line of its own.
 */
export function wrapWords(words: readonly string[], separator: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const joined = line === '' ? word : `${line}${separator}${word}`;
    const room = lines.length === 0 ? width : width - indent;
    if (line === '' || textWidth(joined) <= room) {
      line = joined;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines.map((text, i) => (i === 0 ? '' : ' '.repeat(indent)) + text);
}

function head(text: string, width: number): string {
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += textWidth(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}

function tail(text: string, width: number): string {
  const characters = Array.from(text);
  let first = characters.length;
  let used = 0;
  while (first > 0) {
    used += textWidth(characters[first - 1]!);
    if (used > width) break;
    first--;
  }
  // A mark must not lose the character that it belongs to.
  while (first < characters.length && textWidth(characters[first]!) === 0) first++;
  return characters.slice(first).join('');
}
