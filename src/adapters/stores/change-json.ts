import type { RuleGroup } from '../../core/policy/rule.js';
import { formatMoment } from '../../core/policy/rule-expiry.js';
import { ruleKindOf } from '../../core/policy/rule-kinds.js';
import type { RuleChange } from '../../rules/rule-book.js';
import type { RuleSelection } from '../../rules/rule-store.js';
import { areCanonical, entryHead } from './rules-document.js';

/** A change as one line of JSON without its LF, for journals. Its groups are entries as in a rules document. */
export function formatChange({ version, removed, added }: RuleChange): string {
  return JSON.stringify({
    version,
    removed: removed.map(({ type, values }) => ({ type, values })),
    added: added.map(({ type, action, comment, expiresMs, createdMs, values }) => ({
      type,
      action,
      comment: comment ?? undefined,
      expires: expiresMs === null ? undefined : formatMoment(expiresMs),
      created: createdMs === 0 ? undefined : formatMoment(createdMs),
      values: [...values],
    })),
  });
}

/** Null for text that is no change. */
export function parseChange(text: string): RuleChange | null {
  let change: { version?: unknown; removed?: unknown; added?: unknown } | null;
  try {
    change = JSON.parse(text);
  } catch {
    return null;
  }
  const { version, removed, added } = change ?? {};
  if (!Number.isSafeInteger(version) || !Array.isArray(removed) || !Array.isArray(added)) return null;
  const gone = removed.map(selectionOf);
  const groups = added.map(groupOf);
  if (gone.includes(null) || groups.includes(null)) return null;
  return { version: version as number, removed: gone as RuleSelection[], added: groups as RuleGroup[] };
}

/**
 * Those of a journal's changes that follow on `version`, one step each; none where a step is missing: then they belong
 * to other rules.
 */
export function changesAfter(version: number, changes: readonly RuleChange[]): readonly RuleChange[] {
  const later = changes.filter((change) => change.version > version);
  return later.every((change, i) => change.version === version + 1 + i) ? later : [];
}

function selectionOf(entry: unknown): RuleSelection | null {
  // The head of a rule to be removed needs an action to be one.
  const head = entryHead({ ...(entry as object), action: 'block' });
  const { values } = (entry ?? {}) as { values?: unknown };
  return head !== null && areCanonical(values, ruleKindOf(head.type)) ? { type: head.type, values } : null;
}

function groupOf(entry: unknown): RuleGroup | null {
  const head = entryHead(entry);
  const { values } = (entry ?? {}) as { values?: unknown };
  return head !== null && areCanonical(values, ruleKindOf(head.type)) ? { ...head, values } : null;
}
