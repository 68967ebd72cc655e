import { PackedTexts } from '../../core/policy/packed-texts.js';
import type { RuleGroup } from '../../core/policy/rule.js';
import type { RuleKind } from '../../core/policy/rule-kind.js';
import { ruleKindOf } from '../../core/policy/rule-kinds.js';
import { LineWindow, type ReadInto } from './line-window.js';
import { areCanonical, documentHead, entryHead, type RulesDocument } from './rules-document.js';

const HEAD_END = '  "rules": [';
/** Lines that a head has at most, its end included. */
const MAX_HEAD_LINES = 6;
const VALUES_BEGIN = '"values":[';
const VALUES_END = '    ]';
/** Values read before others get their turn: some milliseconds. */
const VALUES_PER_TURN = 10_000;

/**
 * Reads a document that is laid out line by line as `formatRulesDocument` does it, a few values at a time: a million of
 * them need neither their whole text nor all of their strings at once. Null where anything differs from that layout or
 * is out of the ordinary: then `parseRulesDocument` has the say. Each piece is read as JSON and the pieces are joined
 * as their commas and brackets join them, so what is read is what JSON says. Yields now and then, for others to get
 * their turn.
 */
export function* readLaidOutRules(read: ReadInto): Generator<void, RulesDocument | null> {
  const lines = new LineWindow(read);
  const head = readHead(lines);
  if (head === null) return null;
  const groups: RuleGroup[] = [];
  let untilTurn = VALUES_PER_TURN;
  let close: string | null;
  do {
    const group = readGroup(lines);
    if (group === null) return null;
    groups.push(group);
    untilTurn -= group.values.length;
    if (untilTurn <= 0) {
      untilTurn = VALUES_PER_TURN;
      yield;
    }
    close = lines.next();
  } while (close === '    ]},');
  const isWhole = close === '    ]}' && lines.next() === '  ]' && lines.next() === '}' && lines.isAtEnd();
  return isWhole ? { ...head, groups } : null;
}

function readHead(lines: LineWindow): Omit<RulesDocument, 'groups'> | null {
  let text = '';
  for (let i = 0; i < MAX_HEAD_LINES; i++) {
    const line = lines.next();
    if (line === null) return null;
    text += `${line}\n`;
    if (line !== HEAD_END) continue;
    const document = parsed(`${text}]}`);
    return isObject(document) ? documentHead(document) : null;
  }
  return null;
}

function readGroup(lines: LineWindow): RuleGroup | null {
  const line = lines.next();
  if (line === null || !line.endsWith(VALUES_BEGIN)) return null;
  const entry = parsed(`${line}]}`);
  const head = entryHead(entry);
  if (head === null || !isObject(entry) || entry.value !== undefined || !Array.isArray(entry.values)) return null;
  if (entry.values.length > 0) return null;
  const values = PackedTexts.ofBatches(readValues(lines, ruleKindOf(head.type)));
  return values === null ? null : { ...head, values };
}

function* readValues(lines: LineWindow, kind: RuleKind): Generator<string[] | null> {
  for (let isLast = false; !isLast; ) {
    const block = lines.before(VALUES_END);
    isLast = lines.isAt(VALUES_END);
    // Between two blocks of a list stands a comma.
    const isCut = block !== null && (isLast || block.endsWith(','));
    const values = isCut ? parsed(`[${isLast ? block : block.slice(0, -1)}]`) : undefined;
    yield areCanonical(values, kind) ? values : null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
