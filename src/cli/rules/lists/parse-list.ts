import { shortened } from '../../../core/common/shortened.js';
import type { RuleAction, RuleGroup, RuleType } from '../../../core/policy/rule.js';
import { ADGUARD_LIST } from './adguard-list.js';
import { DOMAIN_LIST } from './domain-list.js';
import { HOSTS_LIST } from './hosts-list.js';
import type { ListFormat, ListSink } from './list-format.js';

/** The line formats; a new one is a file and an entry here. JSON is read as a whole (`rules-document.ts`). */
export const LIST_FORMATS: readonly ListFormat[] = [ADGUARD_LIST, HOSTS_LIST, DOMAIN_LIST];

/** Lines of an unknown list that are looked at. */
const SAMPLE_LINES = 1000;
/** Rejected lines that are kept word for word; the others are counted. */
const MOST_KEPT = 1000;
const PROGRESS_LINES = 8192;

interface RejectedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface ParsedList {
  readonly lines: number;
  readonly groups: readonly RuleGroup[];
  /** The first thousand of them. */
  readonly rejected: readonly RejectedLine[];
  readonly rejectedLines: number;
}

/** The format that most of a text's lines are surely in; "json" where it begins like JSON; null when nothing fits. */
export function detectFormat(text: string): string | null {
  if (/^\s*(?:\{|\[\s*(?:[{\]"]|$))/.test(text)) return 'json';
  const scores = new Map<string, number>();
  let seen = 0;
  for (let at = 0; at < text.length && seen < SAMPLE_LINES; ) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line === '' || /^(?:#(?!#|@|\?|\$)|;|!)/.test(line)) continue;
    seen++;
    for (const { name, likelihood } of LIST_FORMATS) scores.set(name, (scores.get(name) ?? 0) + likelihood(line));
  }
  // One line that only AdGuard's format has settles it: such lists may consist of hosts lines otherwise.
  if ((scores.get('adguard') ?? 0) > 0) return 'adguard';
  const [best] = [...scores].sort((a, b) => b[1] - a[1]);
  return best !== undefined && best[1] > 0 ? best[0] : null;
}

/** Reads a whole list. `meta` is what all its rules share; `onProgress` is told how many characters are done. */
export function parseList(
  text: string,
  format: ListFormat,
  meta: Pick<RuleGroup, 'comment' | 'expiresMs' | 'createdMs'>,
  onProgress: (done: number) => void = () => {},
): ParsedList {
  const sink = new GroupingSink();
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end).trim();
    at = end + 1;
    sink.nextLine(line);
    if (line !== '') format.parseLine(line, sink);
    if (sink.line % PROGRESS_LINES === 0) onProgress(at);
  }
  const { line, rejected, rejectedLines } = sink;
  return { lines: line, groups: sink.groups(meta), rejected, rejectedLines };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

class GroupingSink implements ListSink {
  line = 0;
  rejectedLines = 0;
  readonly rejected: RejectedLine[] = [];
  private text = '';
  private readonly values = new Map<RuleType, Record<RuleAction, string[]>>();

  nextLine(text: string): void {
    this.line++;
    this.text = text;
  }

  rule(type: RuleType, action: RuleAction, value: string): void {
    let ofType = this.values.get(type);
    if (ofType === undefined) {
      ofType = { block: [], allow: [] };
      this.values.set(type, ofType);
    }
    ofType[action].push(value);
  }

  reject(reason: string): void {
    if (this.rejected.at(-1)?.line === this.line) return;
    this.rejectedLines++;
    if (this.rejected.length >= MOST_KEPT) return;
    this.rejected.push({ line: this.line, text: shortened(this.text), reason: shortened(reason) });
  }

  groups(meta: Pick<RuleGroup, 'comment' | 'expiresMs' | 'createdMs'>): RuleGroup[] {
    return [...this.values].flatMap(([type, byAction]) =>
      (['allow', 'block'] as const)
        .filter((action) => byAction[action].length > 0)
        .map((action) => ({ type, action, values: byAction[action], ...meta })),
    );
  }
}
