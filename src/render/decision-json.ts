import type { Decision } from '../core/ingest/packet-event.js';
import { jsonText } from './safe-text.js';

/** Texts whose JSON form is remembered. */
const MAX_TEXTS = 20_000;

/** Writes decisions as lines of JSON; the same names come again and again, so their JSON is kept. */
export class DecisionJson {
  private readonly texts = new Map<string, string>();

  /** One line with its line feed, keys in the order of `Decision`. */
  decision(d: Decision): string {
    return (
      `{"decision":"${d.decision}","app":${this.text(d.app)},"domain":${this.text(d.domain)},` +
      `"detected_by":${this.text(d.detected_by)},"blocked_by":${this.text(d.blocked_by)},"connection":${d.connection}}\n`
    );
  }

  /** What is wrong with line `line` of the input, counted from 1. */
  error(sentence: string, line: number): string {
    return `{"error":${jsonText(sentence)},"line":${line}}\n`;
  }

  private text(text: string | null): string {
    if (text === null) return 'null';
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size >= MAX_TEXTS) this.texts.clear();
    const json = jsonText(text);
    this.texts.set(text, json);
    return json;
  }
}
