const COMMENT = /"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const LAST_COMMA = /"(?:[^"\\\n]|\\.)*"?|,(?=\s*[\]}])/g;

/** `text` with comments replaced by blanks. Line feeds stay. An unfinished comment runs to the end of the text. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT, (token) => (token.startsWith('/') ? blank(token) : token));
}

/** The same with commas behind last elements replaced, too: JSON with every value at its old place. */
export function jsonOf(text: string): string {
  return withoutComments(text).replace(LAST_COMMA, (token) => (token === ',' ? ' ' : token));
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}
