import { findJsonElements, findJsonSpan, type TextSpan } from '../common/json-position.js';
import { compareSnapshot, type Difference } from './compare-snapshot.js';
import { olderTls } from './contact-collector.js';
import { jsonOf, withoutComments } from './jsonc.js';
import type { ContactEntry, Contacts, LookupEntry } from './model.js';
import { type ParsedSnapshot, parseSnapshot } from './parse-snapshot.js';
import { compareEntries, contactText, lookupText } from './snapshot-text.js';
import { isWidened } from './targets.js';

/** A piece of the text to replace. */
interface Edit extends TextSpan {
  readonly text: string;
}

type List = 'contacts' | 'lookups';

const ENTRY_INDENT = '    ';

/** An entry that goes may leave a look-up that nothing else explains. */
const MOST_ROUNDS = 4;

/**
 * The text of the snapshot `fileName` changed so that the contacts show no difference that `counts` accepts. Nothing
 * else of it changes: comments, order, layout and entries that were widened by hand stay.
 */
export function updateSnapshot(
  text: string,
  fileName: string,
  contacts: Contacts,
  counts: (difference: Difference) => boolean = () => true,
): string {
  let result = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const parsed = parseSnapshot(result, fileName);
    const differences = compareSnapshot(parsed, contacts).filter(counts);
    if (differences.length === 0) break;
    const edits = new SnapshotEdits(result, parsed);
    for (const difference of differences) edits.add(difference);
    result = edits.applied();
  }
  return result;
}

class SnapshotEdits {
  /** JSON with the values where the text has them. */
  private readonly json: string;
  /** The same with all commas. */
  private readonly bare: string;
  private readonly edits: Edit[] = [];
  private readonly removed: Record<List, Set<number>> = { contacts: new Set(), lookups: new Set() };
  private readonly added: Record<List, Map<string, ContactEntry | LookupEntry>> = {
    contacts: new Map(),
    lookups: new Map(),
  };

  constructor(
    private readonly text: string,
    private readonly parsed: ParsedSnapshot,
  ) {
    const content = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
    this.json = jsonOf(content);
    this.bare = withoutComments(content);
  }

  add({ finding, wanted, index, isEntryMet }: Difference): void {
    const list: List = finding.what === 'contact' ? 'contacts' : 'lookups';
    const entry = index === -1 ? undefined : this.parsed.snapshot[list][index];
    if (wanted === null) {
      this.removed[list].add(index);
      return;
    }
    const isFloorOnly = finding.changes.length > 0 && finding.changes.every(({ key }) => key === 'tls');
    const stays = isEntryMet || (entry !== undefined && !('name' in entry) && isWidened(entry));
    if (finding.kind === 'new' || (stays && !isFloorOnly)) {
      this.added[list].set(JSON.stringify(wanted), wanted);
      return;
    }
    for (const { key, found } of finding.changes) {
      const path = [list, index, key === 'tls' ? 'min_tls' : key];
      this.replaceValue(path, found);
    }
  }

  applied(): string {
    for (const list of ['contacts', 'lookups'] as const) this.rewrite(list);
    let result = this.text;
    for (const { start, end, text } of [...this.edits].sort((a, b) => b.start - a.start || b.end - a.end)) {
      result = result.slice(0, start) + text + result.slice(end);
    }
    return result;
  }

  /** Null, an app that is gone, accepts any. Of several versions of TLS the oldest stays. */
  private replaceValue(path: readonly PropertyKey[], value: string | null): void {
    const span = findJsonSpan(this.json, path);
    if (span === null) return;
    const known = this.edits.findIndex(({ start }) => start === span.start);
    if (known !== -1) {
      const before = JSON.parse(this.edits[known]!.text) as string | null;
      if (path.at(-1) !== 'min_tls' || olderTls(before, value) === before) return;
      this.edits.splice(known, 1);
    }
    this.edits.push({ ...span, text: JSON.stringify(value) });
  }

  private rewrite(list: List): void {
    const elements = findJsonElements(this.json, [list]);
    const kept = elements.flatMap((_, i) => (this.removed[list].has(i) ? [] : [i]));
    for (const index of this.removed[list]) {
      const { start, end } = elements[index]!;
      const comma = this.commaBehind(end);
      this.edits.push({ ...this.wholeLines(start, comma === -1 ? end : comma + 1), text: '' });
    }
    const added = [...this.added[list].values()].sort(compareEntries);
    const lastKept = kept.at(-1);
    if (lastKept === undefined) {
      if (added.length > 0) this.insertFirst(list, added.map(textOf));
      return;
    }
    // Lenient: a list may end with a comma, and then still does.
    const endsWithComma = this.commaBehind(elements.at(-1)!.end) !== -1;
    const behind = new Map<number, string[]>();
    for (const entry of added) {
      const before = kept.findLast((i) => compareEntries(this.parsed.snapshot[list][i]!, entry) <= 0) ?? -1;
      behind.set(before, [...(behind.get(before) ?? []), textOf(entry)]);
    }
    for (const [index, lines] of behind) {
      if (index === -1) this.insertAtStart(list, lines);
      else this.insertBehind(elements[index]!.end, lines, endsWithComma || index !== lastKept);
    }
    const comma = this.commaBehind(elements[lastKept]!.end);
    if (behind.has(lastKept) || endsWithComma || comma === -1) return;
    if (lastKept < elements.length - 1) this.edits.push({ start: comma, end: comma + 1, text: '' });
  }

  private insertAtStart(list: List, lines: readonly string[]): void {
    const at = findJsonSpan(this.json, [list])!.start + 1;
    this.edits.push({ start: at, end: at, text: lines.map((line) => `\n${ENTRY_INDENT}${line},`).join('') });
  }

  /** Behind the element that ends at `end`, and the comment on its line. */
  private insertBehind(end: number, lines: readonly string[], endsWithComma: boolean): void {
    const text = `\n${lines.map((line) => `${ENTRY_INDENT}${line}`).join(',\n')}${endsWithComma ? ',' : ''}`;
    const comma = this.commaBehind(end);
    const from = comma === -1 ? end : comma + 1;
    const lineEnd = this.lineEnd(from);
    const at = this.json.slice(from, lineEnd).trim() === '' ? lineEnd : from;
    if (comma === -1 && at > end) this.edits.push({ start: end, end, text: ',' });
    this.edits.push({ start: at, end: at, text: comma === -1 && at === end ? `,${text}` : text });
  }

  /** The list has no element: new ones come before its end, behind any comments. */
  private insertFirst(list: List, lines: readonly string[]): void {
    const text = lines.map((line) => `${ENTRY_INDENT}${line}`).join(',\n');
    const span = findJsonSpan(this.json, [list]);
    if (span === null) {
      const whole = findJsonSpan(this.json, [])!;
      const isEmpty = /^\{\s*\}$/.test(this.json.slice(whole.start, whole.end));
      const at = whole.start + 1;
      this.edits.push({ start: at, end: at, text: `\n  "${list}": [\n${text}\n  ]${isEmpty ? '\n' : ','}` });
      return;
    }
    const close = span.end - 1;
    const lineStart = this.lineStart(close);
    const isAlone = this.text.slice(lineStart, close).trim() === '';
    this.edits.push({ start: isAlone ? lineStart : close, end: close, text: `${isAlone ? '' : '\n'}${text}\n  ` });
  }

  /** Offset of the comma behind a value; -1 for none. */
  private commaBehind(end: number): number {
    const at = end + /^\s*/.exec(this.bare.slice(end))![0].length;
    return this.bare[at] === ',' ? at : -1;
  }

  /** `start` to `end` with the lines that hold nothing else, and a comment behind it on its line. */
  private wholeLines(start: number, end: number): TextSpan {
    const lineStart = this.lineStart(start);
    const lineEnd = this.lineEnd(end);
    const isAlone = this.text.slice(lineStart, start).trim() === '' && this.json.slice(end, lineEnd).trim() === '';
    if (!isAlone) return { start, end };
    return { start: lineStart, end: Math.min(lineEnd + 1, this.text.length) };
  }

  private lineStart(at: number): number {
    return this.text.lastIndexOf('\n', at - 1) + 1;
  }

  private lineEnd(at: number): number {
    const end = this.text.indexOf('\n', at);
    return end === -1 ? this.text.length : end;
  }
}

function textOf(entry: ContactEntry | LookupEntry): string {
  return 'name' in entry ? lookupText(entry) : contactText(entry);
}
