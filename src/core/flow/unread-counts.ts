import { linkTypeName } from '../layers/link-type-names.js';
import { NOT_IP, UNREAD_CAUSES, UNREAD_LINK_TYPE, type UnreadCause } from '../layers/unread.js';

/** Packets that were not read, for one cause. */
export interface UnreadRow {
  readonly cause: UnreadCause;
  /** Link type, EtherType or IP protocol; null where the cause has none, or for the values beyond the bound. */
  readonly value: number | null;
  /** Name of an unsupported link type, null for rare ones and for other causes. */
  readonly name: string | null;
  readonly packets: number;
  /** On the wire. */
  readonly bytes: number;
}

/** Distinct pairs of cause and value that are counted apart; further values of a cause are summed. */
const MAX_ROWS = 64;
const CAUSE_SHIFT = 16;
const VALUE_MASK = 0xffff;
/** Key of a cause's further values, beside the keys of 16-bit values. */
const FURTHER_VALUES = 1 << 20;

interface Count {
  packets: number;
  bytes: number;
}

/** Counts the packets that were not read down to a transport header, by cause. Bounded, whatever the packets hold. */
export class UnreadCounts {
  /** Control traffic of the link, which hides nothing. */
  readonly notIp: Count = { packets: 0, bytes: 0 };
  private readonly counts = new Map<number, Count>();
  private valueRows = 0;

  /** `cause`: a code of `unread.ts` but READ. `value`: its number, of which 16 bits count. `bytes`: on the wire. */
  add(cause: number, value: number, bytes: number): void {
    const count = cause === NOT_IP ? this.notIp : this.countOf(cause, value & VALUE_MASK);
    count.packets++;
    count.bytes += bytes;
  }

  /** The causes met so far, those with the most packets first; without `notIp`. */
  rows(): UnreadRow[] {
    const rows = [...this.counts].map(([key, { packets, bytes }]) => {
      const cause = (key & (FURTHER_VALUES - 1)) >> CAUSE_SHIFT;
      const value = (key & VALUE_MASK) === 0 ? null : key & VALUE_MASK;
      const name = cause === UNREAD_LINK_TYPE && value !== null ? linkTypeName(value) : null;
      return { cause: UNREAD_CAUSES[cause]!, value, name, packets, bytes };
    });
    return rows.sort(
      (a, b) => b.packets - a.packets || a.cause.localeCompare(b.cause) || (a.value ?? 0) - (b.value ?? 0),
    );
  }

  private countOf(cause: number, value: number): Count {
    const key = (cause << CAUSE_SHIFT) | value;
    const known = this.counts.get(key);
    if (known !== undefined) return known;
    if (value === 0) return this.begin(key);
    if (this.valueRows < MAX_ROWS) {
      this.valueRows++;
      return this.begin(key);
    }
    const further = (cause << CAUSE_SHIFT) | FURTHER_VALUES;
    return this.counts.get(further) ?? this.begin(further);
  }

  private begin(key: number): Count {
    const count = { packets: 0, bytes: 0 };
    this.counts.set(key, count);
    return count;
  }
}
