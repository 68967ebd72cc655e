import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { DnsAnswerCache } from './dns-answer-cache.js';
import type { Labels } from './labels.js';

/** Forgetting costs a walk over all connections and names: it has to be worth that many new names' while. */
const ASKED_SHARE = 32;

/**
 * Makes room in a full NameTable: names that neither a connection in progress nor a DNS answer in the cache refers to
 * are forgotten, those with the fewest bytes first. Works between packets only, while nobody else holds a name's id.
 */
export class NameEviction {
  private askedBefore = 0;
  private pins = new Uint8Array(0);

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly answers: DnsAnswerCache,
    private readonly maxNames: number,
  ) {}

  /** True when names were forgotten: what others know by their ids is void. */
  make(): boolean {
    const { names } = this.labels;
    if (!names.isNearlyFull || (names.asked - this.askedBefore) * ASKED_SHARE < this.maxNames) return false;
    this.askedBefore = names.asked;
    const before = names.forgotten;
    names.forget(this.pinned());
    return names.forgotten > before;
  }

  private pinned(): Uint8Array {
    const { words, rowsInUse } = this.flows;
    const len = this.labels.names.size + 1;
    if (this.pins.length < len) this.pins = new Uint8Array(len * 2);
    const pinned = this.pins.fill(0);
    for (let row = 0; row < rowsInUse; row++) {
      const w = row << F.ROW_SHIFT;
      if (words[w + F.PROTO] === -1) continue;
      pinned[words[w + F.NAME]!] = 1;
      pinned[words[w + F.HINT_NAME]!] = 1;
    }
    this.labels.moreNames.pin(pinned);
    this.answers.pin(pinned);
    return pinned;
  }
}
