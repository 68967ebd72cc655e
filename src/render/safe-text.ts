/** Text from the wire or from the file system, made harmless for terminals, spreadsheets and logs. */

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Characters that must not reach a terminal: controls (C0, DEL, C1), format characters (bidi, zero-width, tags), lone
 * surrogates, line and paragraph separators, invisible characters, and U+FFFD, which stands for invalid UTF-8. A
 * function, like the next, since V8 loads its Unicode tables when it creates the expression, and few starts need them.
 */
const unsafe = () => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd]/gu;

/** More marks than this on one character would draw over the neighbouring lines. */
const stackedMarks = () => /(\p{M}{3})(\p{M}+)/gu;

/**
 * `text` on one line with every unsafe character shown as `\x1b`, `\u202e` or `\u{e0041}`. Plain ASCII is unchanged.
 */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(unsafe(), escapeCharacter)
    .replace(stackedMarks(), (_, kept: string, surplus: string) => kept + escapeAll(surplus));
}

/**
 * A value as JSON, with the unsafe characters of its strings (keys too) as `\uXXXX`: a parser reads back exactly the
 * text on the wire. The JSON is escaped as a whole: outside of strings it has no such characters.
 */
export function jsonText(value: unknown): string {
  return jsonEscaped(JSON.stringify(value) ?? 'null');
}

/** The same over several lines, each level `indent` spaces further in. */
export function indentedJson(value: unknown, indent: number): string {
  return JSON.stringify(value, null, indent).split('\n').map(jsonEscaped).join('\n');
}

function jsonEscaped(line: string): string {
  return PLAIN.test(line) ? line : line.replace(unsafe(), jsonEscape);
}

function escapeAll(text: string): string {
  let escaped = '';
  for (const character of text) escaped += escapeCharacter(character);
  return escaped;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
}

/** U+FFFD is left alone here: in JSON it is data like any other, and shows as a visible character. */
function jsonEscape(character: string): string {
  if (character === '\ufffd') return character;
  let escaped = '';
  for (let i = 0; i < character.length; i++) escaped += `\\u${hex(character.charCodeAt(i), 4)}`;
  return escaped;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
