import type { AddressWords } from '../flow/address-table.js';
import { FLOW_INITIATOR_B } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT } from '../flow/packet-columns.js';
import { hashAddress, hashIpv4 } from './endpoint-hash.js';

/** The addresses of connections by their rows. `w` is the row's first word. */
export class RowAddresses {
  constructor(
    private readonly flows: FlowRows,
    readonly table: AddressWords,
    readonly seed: number,
  ) {}

  isV6(w: number): boolean {
    return (this.flows.words[w + F.PROTO]! & IPV6_BIT) !== 0;
  }

  /** Address word of the initiator: an IPv4 address, or the id of an IPv6 one. */
  initiator(w: number): number {
    const { words } = this.flows;
    return (words[w + F.FLAGS]! & FLOW_INITIATOR_B) !== 0 ? words[w + F.ADDR_B]! : words[w + F.ADDR_A]!;
  }

  responder(w: number): number {
    const { words } = this.flows;
    return (words[w + F.FLAGS]! & FLOW_INITIATOR_B) !== 0 ? words[w + F.ADDR_A]! : words[w + F.ADDR_B]!;
  }

  /** The address `word` of the connection as 32 bits. */
  hash(w: number, word: number): number {
    return this.isV6(w) ? hashAddress(this.table, word, this.seed) : hashIpv4(word, this.seed);
  }
}
