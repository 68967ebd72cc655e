import type { FlowRows } from '../flow/flow-rows.js';
import type { CnameTargets } from './cname-targets.js';
import type { DnsAnswerCache } from './dns-answer-cache.js';
import type { Labels } from './labels.js';

/** Eviction walks over all connections and names: it waits for this share of `maxNames` in new names. */
const ASKED_SHARE = 32;

/**
 * Makes room in a full NameTable. Forgets names that neither a connection in progress nor a cached DNS answer refers
 * to, those with the fewest bytes first. Call it between packets only, while no other code holds a name's id.
 */
export class NameEviction {
  private askedBefore = 0;
  private pins = new Uint8Array(0);

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly answers: DnsAnswerCache,
    private readonly cnames: CnameTargets,
    private readonly maxNames: number,
  ) {}

  /** True when names were forgotten: everything kept by name id is void then. */
  make(): boolean {
    const { names } = this.labels;
    if (!names.isNearlyFull || (names.asked - this.askedBefore) * ASKED_SHARE < this.maxNames) return false;
    this.askedBefore = names.asked;
    const before = names.forgotten;
    names.forget(this.pinned());
    return names.forgotten > before;
  }

  private pinned(): Uint8Array {
    const { flows } = this;
    const len = this.labels.names.size + 1;
    if (this.pins.length < len) this.pins = new Uint8Array(len * 2);
    const pinned = this.pins.fill(0);
    for (let row = 0; row < flows.rowsInUse; row++) {
      if (!flows.isInUse(row)) continue;
      pinned[flows.nameOf(row)] = 1;
      pinned[flows.hintOf(row)] = 1;
    }
    this.labels.moreNames.pin(pinned);
    this.answers.pin(pinned);
    this.cnames.retain(pinned);
    return pinned;
  }
}
