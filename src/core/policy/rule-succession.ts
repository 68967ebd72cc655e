import type { RuleSet } from './rule-set.js';

/**
 * Rules no longer in force whose counts are kept for the report, beside those that live connections were decided by.
 */
const MAX_SPENT = 10_000;

/** Replaces one rule set by another. Earlier decisions keep the names of the rules that made them. */
export interface RuleSuccession {
  /** The new rules with the old ones that are still referred to behind them. */
  readonly rules: RuleSet;
  /** By number of an old rule: its number in `rules`, -1 where nothing refers to it. Null: all keep their numbers. */
  readonly renumbered: Int32Array | null;
}

/**
 * Puts `next` in the place of `old`. `deciding` are the numbers of old rules that decided something, oldest first;
 * `pinnedRules` gives those that connections in progress refer to.
 */
export function succeed(
  old: RuleSet,
  next: RuleSet,
  deciding: readonly number[],
  pinnedRules: () => ReadonlySet<number>,
): RuleSuccession {
  const continues = next.continues(old);
  if (continues && old.bound === old.total) return { rules: next, renumbered: null };
  const pinned = pinnedRules();
  const renumbered = new Int32Array(old.total).fill(-1);
  if (continues) for (let number = 0; number < old.bound; number++) renumbered[number] = number;
  const numbers = [...new Set([...deciding, ...pinned])].filter((number) => renumbered[number] === -1);
  const rules = numbers.map((number) => old.rule(number));
  const found = next.find(rules);
  const lost = numbers.map((_, i) => i).filter((i) => found[i] === -1);
  const spent = lost.filter((i, place) => pinned.has(numbers[i]!) || lost.length - place <= MAX_SPENT);
  for (const [i, number] of numbers.entries()) if (found[i] !== -1) renumbered[number] = found[i]!;
  for (const [place, i] of spent.entries()) renumbered[numbers[i]!] = next.bound + place;
  return { rules: spent.length === 0 ? next : next.withSpent(spent.map((i) => rules[i]!)), renumbered };
}
