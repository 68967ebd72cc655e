import { NO_RULE } from './rule-set.js';

/** Segments remembered of one connection. */
const MAX_SEGMENTS = 64;

interface Segment {
  readonly sender: number;
  readonly seq: number;
  readonly len: number;
  readonly rule: number;
}

/**
 * TCP segments that were dropped on their own, as DNS messages: sent again, they are no news to the inspectors, but
 * must not get through. Sequence numbers wrap.
 */
export class DroppedSegments {
  private readonly byRow = new Map<number, Segment[]>();

  /** `sender` is 0 or 1, `len` the payload's length on the wire. */
  add(row: number, sender: number, seq: number, len: number, rule: number): void {
    const segments = this.byRow.get(row);
    if (segments === undefined) this.byRow.set(row, [{ sender, seq, len, rule }]);
    else if (segments.length < MAX_SEGMENTS) segments.push({ sender, seq, len, rule });
  }

  /** The rule that dropped a segment which this one has bytes of, NO_RULE for none. */
  ruleOf(row: number, sender: number, seq: number, len: number): number {
    if (this.byRow.size === 0) return NO_RULE;
    for (const one of this.byRow.get(row) ?? []) {
      const overlaps = ((seq - one.seq) | 0) < one.len && ((one.seq - seq) | 0) < len;
      if (overlaps && one.sender === sender) return one.rule;
    }
    return NO_RULE;
  }

  /** The rules were replaced: rule `n` is now `renumbered[n]`. */
  renumber(renumbered: Int32Array): void {
    for (const [row, segments] of this.byRow) {
      const kept = segments.map((one) => ({ ...one, rule: renumbered[one.rule]! }));
      this.byRow.set(
        row,
        kept.filter(({ rule }) => rule !== NO_RULE),
      );
    }
  }

  /** The connection has ended. */
  forget(row: number): void {
    if (this.byRow.size > 0) this.byRow.delete(row);
  }
}
