import { hashWords } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';

/** Segments that are told apart; the packets of further ones count as if they had no tag. Ids have 16 bits. */
export const MAX_SEGMENTS = 0xffff;
const FIRST_SEGMENTS = 64;
const VLAN_COUNT = 4096;

/** The tags of a network segment, by its id. */
export interface SegmentTags {
  /** VLAN identifiers, the innermost in the lower 12 bits, the one around it in the next 12; 0 for none. */
  vlansOf(id: number): number;
  /** VNI, GRE key or I-SID of the innermost overlay network as an unsigned number, -1 for none. */
  networkOf(id: number): number;
}

/**
 * Numbers the network segments of a capture: a VLAN, or an overlay network such as VXLAN's, with its own address space.
 * An id is a part of the connection's key; 0 stands for frames without tags. Ids are never reused.
 */
export class SegmentTable implements SegmentTags {
  /** Segments known, those without tags aside. */
  size = 0;
  /** Packets whose segment has no id, because there were too many. */
  refused = 0;
  private vlans = new Int32Array(FIRST_SEGMENTS);
  private networks = new Float64Array(FIRST_SEGMENTS);
  /** By VLAN identifier: id of the segment with this tag alone. */
  private readonly plain = new Int32Array(VLAN_COUNT);
  private readonly slots = new HashSlots();

  constructor(private readonly seed: number) {}

  /** Id of the VLAN `vlan`, 0 to 4095, without any other tag. */
  ofVlan(vlan: number): number {
    // VLAN 0 carries a priority and names no VLAN (IEEE 802.1Q §9.6).
    if (vlan === 0) return 0;
    const id = this.plain[vlan]!;
    return id !== 0 ? id : this.add(vlan, -1);
  }

  /** Id of the segment with these tags, as `SegmentTags` has them. */
  idOf(vlans: number, network: number): number {
    if (network === -1 && vlans < VLAN_COUNT) return this.ofVlan(vlans);
    const hash = this.hashOf(vlans, network);
    for (let slot = this.slots.first(hash); slot >= 0; slot = this.slots.next(slot, hash)) {
      const id = this.slots.entryAt(slot);
      if (this.vlans[id] === vlans && this.networks[id] === network) return id;
    }
    return this.add(vlans, network);
  }

  vlansOf(id: number): number {
    return this.vlans[id]!;
  }

  networkOf(id: number): number {
    return id === 0 ? -1 : this.networks[id]!;
  }

  private add(vlans: number, network: number): number {
    if (this.size === MAX_SEGMENTS) {
      this.refused++;
      return 0;
    }
    const id = ++this.size;
    if (id === this.vlans.length) this.grow();
    this.vlans[id] = vlans;
    this.networks[id] = network;
    if (network === -1 && vlans < VLAN_COUNT) this.plain[vlans] = id;
    else this.slots.add(id, this.hashOf(vlans, network));
    return id;
  }

  private hashOf(vlans: number, network: number): number {
    return hashWords(vlans, network | 0, 0, 0, this.seed);
  }

  private grow(): void {
    const vlans = new Int32Array(2 * this.vlans.length);
    const networks = new Float64Array(2 * this.networks.length);
    vlans.set(this.vlans);
    networks.set(this.networks);
    this.vlans = vlans;
    this.networks = networks;
  }
}
