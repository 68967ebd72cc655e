/** Where in a JSON text (RFC 8259) something stands: JSON.parse says it only for some errors, and never for values. */

export interface TextPosition {
  /** Both from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** Offset of the first character that breaks JSON's grammar; the text's length when it ends too early; -1 for none. */
export function jsonErrorOffset(text: string): number {
  const scanner = new JsonScanner(text);
  return scanner.scanDocument() ? -1 : scanner.at;
}

/** Offset at which the value behind `path` starts in valid JSON; of the nearest enclosing value where it is absent. */
export function jsonPathOffset(text: string, path: readonly PropertyKey[]): number {
  return new JsonScanner(text).find(path);
}

export function positionOf(text: string, offset: number): TextPosition {
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

  /** Iterative, with the open brackets on a list: a hostile text may nest as deep as it likes. */
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

  /** On failure stands at the character that a string must not hold. */
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
