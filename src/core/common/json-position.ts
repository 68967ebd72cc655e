/**
 * Places in a JSON text (RFC 8259). JSON.parse gives the place of some errors only, in words that differ between
 * versions of V8, and never that of a value.
 */

export interface TextPosition {
  /** Both from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

export interface JsonError extends TextPosition {
  /** `unexpected "x"`, or that the text ends too early. */
  readonly problem: string;
}

/** The first character that breaks JSON's grammar, or the end where the text stops too early. Null for valid JSON. */
export function findJsonError(text: string): JsonError | null {
  const scanner = new JsonScanner(text);
  if (scanner.scanDocument()) return null;
  const { at } = scanner;
  const found = text.codePointAt(at);
  const problem =
    found === undefined ? 'the text ends too early' : `unexpected ${JSON.stringify(String.fromCodePoint(found))}`;
  return { ...positionOf(text, at), problem };
}

/** Where the value at `path` starts in valid JSON. Where there is none, that of the nearest value around it. */
export function findJsonValue(text: string, path: readonly PropertyKey[]): TextPosition {
  return positionOf(text, new JsonScanner(text).find(path));
}

/** A value in a text: offsets in UTF-16 units, half-open. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Where the value at `path` of valid JSON lies; null where there is none. */
export function findJsonSpan(text: string, path: readonly PropertyKey[]): TextSpan | null {
  const scanner = new JsonScanner(text);
  if (!scanner.reach(path)) return null;
  const start = scanner.at;
  scanner.skipValue();
  return { start, end: scanner.at };
}

/** Where the elements of the array at `path` of valid JSON lie; none where there is no array. */
export function findJsonElements(text: string, path: readonly PropertyKey[]): TextSpan[] {
  const scanner = new JsonScanner(text);
  return scanner.reach(path) ? [...scanner.elements()] : [];
}

function positionOf(text: string, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < offset; next = text.indexOf('\n', next + 1)) {
    line++;
    lineStart = next + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const GOOD_STRING_START = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const BLANK = /[ \t\r\n]*/y;

class JsonScanner {
  at = 0;

  constructor(private readonly text: string) {}

  scanDocument(): boolean {
    if (!this.skipValue()) return false;
    this.skip(BLANK);
    return this.at === this.text.length;
  }

  /** Iterative, with the open brackets in a list: a hostile text may nest as deep as it likes. */
  skipValue(): boolean {
    const open: string[] = [];
    for (;;) {
      this.skip(BLANK);
      const first = this.text[this.at];
      if (first === '{' || first === '[') {
        this.at++;
        this.skip(BLANK);
        const close = first === '{' ? '}' : ']';
        if (this.text[this.at] === close) this.at++;
        else {
          open.push(close);
          if (close === '}' && !this.skipKey()) return false;
          continue;
        }
      } else if (!this.skipScalar()) return false;
      for (;;) {
        if (open.length === 0) return true;
        this.skip(BLANK);
        const next = this.text[this.at];
        if (next === ',') {
          this.at++;
          if (open[open.length - 1] === '}' && !this.skipKey()) return false;
          break;
        }
        if (next !== open[open.length - 1]) return false;
        open.pop();
        this.at++;
      }
    }
  }

  find(path: readonly PropertyKey[]): number {
    this.skip(BLANK);
    let found = this.at;
    for (const step of path) {
      if (!this.enter(step)) break;
      this.skip(BLANK);
      found = this.at;
    }
    return found;
  }

  /** Moves to the value at `path`; false where there is none. */
  reach(path: readonly PropertyKey[]): boolean {
    this.skip(BLANK);
    for (const step of path) {
      if (!this.enter(step)) return false;
      this.skip(BLANK);
    }
    return true;
  }

  /** The elements of the array at `at`, which it moves along. */
  *elements(): Generator<TextSpan> {
    if (this.text[this.at] !== '[') return;
    do {
      this.at++;
      this.skip(BLANK);
      const start = this.at;
      if (this.text[start] === ']' || !this.skipValue()) return;
      yield { start, end: this.at };
      this.skip(BLANK);
    } while (this.text[this.at] === ',');
  }

  /** Moves from the start of an object or array to the member or element `step`. */
  private enter(step: PropertyKey): boolean {
    const isObject = this.text[this.at] === '{';
    if (!isObject && this.text[this.at] !== '[') return false;
    this.at++;
    for (let index = 0; ; index++) {
      this.skip(BLANK);
      if (isObject) {
        const start = this.at;
        if (!this.skip(STRING)) return false;
        const key: unknown = JSON.parse(this.text.slice(start, this.at));
        this.skip(BLANK);
        this.at++;
        if (key === String(step)) return true;
      } else if (index === Number(step)) return this.text[this.at] !== ']';
      if (!this.skipValue()) return false;
      this.skip(BLANK);
      if (this.text[this.at] !== ',') return false;
      this.at++;
    }
  }

  private skipKey(): boolean {
    this.skip(BLANK);
    if (!this.skipString()) return false;
    this.skip(BLANK);
    if (this.text[this.at] !== ':') return false;
    this.at++;
    return true;
  }

  private skipScalar(): boolean {
    if (this.text[this.at] === '"') return this.skipString();
    for (const word of ['true', 'false', 'null']) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return true;
    }
    return this.skip(NUMBER);
  }

  /** On failure stops at the character that a string must not hold. */
  private skipString(): boolean {
    if (this.skip(STRING)) return true;
    this.skip(GOOD_STRING_START);
    return false;
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
