import type { ConnectionRecord } from '../../core/report/model.js';

/** Characters of one text that a page shows, and items of one list. */
const MAX_TEXT_LEN = 1024;
const MAX_ITEMS = 64;
/** Distinct texts of connections may have so many characters in all; further ones are cut to `SHORT_LEN`. */
const MAX_TOTAL_LEN = 16 << 20;
const SHORT_LEN = 64;

/**
 * Cuts texts of a capture that are far longer than any that people read. Names may have 4 kB, and a hostile capture
 * has them in each connection: a page of them all would be larger than a string may be. Texts cut end with "…".
 */
export class TextCutter {
  /** Texts and lists that were cut. */
  cut = 0;
  private totalLen = 0;

  /** A copy of the record with its texts cut; its owner may reuse it. */
  connection(c: ConnectionRecord): ConnectionRecord {
    const copy: Record<string, unknown> = { ...c };
    for (const [key, value] of Object.entries(c)) {
      if (typeof value === 'string') copy[key] = this.text(value);
      else if (Array.isArray(value)) copy[key] = this.list(value);
    }
    return copy as unknown as ConnectionRecord;
  }

  /** The value with all texts in it cut, those of the keys of its objects included. */
  value<Value>(value: Value): Value {
    if (typeof value === 'string') return this.text(value) as Value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return (typeof value[0] === 'number' ? value : value.map((one) => this.value(one))) as Value;
    const entries = Object.entries(value).map(([key, one]) => [this.text(key), this.value(one)]);
    return Object.fromEntries(entries) as Value;
  }

  /** A text that is about to be stored once more: one that no other row has. */
  stored(text: string): string {
    const shown = this.totalLen + text.length > MAX_TOTAL_LEN ? this.cutTo(text, SHORT_LEN) : text;
    this.totalLen += shown.length;
    return shown;
  }

  private list(values: readonly unknown[]): unknown[] {
    if (values.length > MAX_ITEMS) this.cut++;
    return values.slice(0, MAX_ITEMS).map((value) => (typeof value === 'string' ? this.text(value) : value));
  }

  private text(text: string): string {
    return this.cutTo(text, MAX_TEXT_LEN);
  }

  private cutTo(text: string, len: number): string {
    if (text.length <= len) return text;
    this.cut++;
    // A part of a string keeps all of it in memory, a copy does not.
    return `${Buffer.from(text.slice(0, len - 1)).toString()}…`;
  }
}
