import { NO_RULE } from './rule-set.js';

/** As many as the fragment table has in progress. */
const MAX_DATAGRAMS = 1024;

/**
 * IP datagrams that were dropped when they became whole: fragments of them that come later, as mirror ports show them
 * twice, must not complete them on the other side. The latest MAX_DATAGRAMS are remembered.
 */
export class DroppedDatagrams {
  private readonly rules = new Map<number, number>();

  /** `group` is the fragment group of the dropped packet. */
  add(group: number, rule: number): void {
    this.rules.delete(group);
    this.rules.set(group, rule);
    if (this.rules.size <= MAX_DATAGRAMS) return;
    for (const oldest of this.rules.keys()) {
      this.rules.delete(oldest);
      return;
    }
  }

  /** The rules were replaced: rule `n` is now `renumbered[n]`. */
  renumber(renumbered: Int32Array): void {
    for (const [group, rule] of this.rules) this.rules.set(group, renumbered[rule]!);
  }

  /** The rule by which the datagram was dropped, NO_RULE when it was not. */
  ruleOf(group: number): number {
    return this.rules.get(group) ?? NO_RULE;
  }
}
