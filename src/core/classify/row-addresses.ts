import type { AddressWords } from '../flow/address-table.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { hashAddress, hashIpv4 } from './endpoint-hash.js';

/** The addresses of connections by their rows. */
export class RowAddresses {
  constructor(
    private readonly flows: FlowRows,
    readonly table: AddressWords,
    readonly seed: number,
  ) {}

  isV6(row: number): boolean {
    return this.flows.isIpv6(row);
  }

  /** Address word of the initiator: an IPv4 address, or the id of an IPv6 one. */
  initiator(row: number): number {
    return this.flows.addressOf(row, this.flows.initiatorOf(row));
  }

  responder(row: number): number {
    return this.flows.addressOf(row, (1 - this.flows.initiatorOf(row)) as Endpoint);
  }

  /** The address `word` of the connection as 32 bits. */
  hash(row: number, word: number): number {
    return this.isV6(row) ? hashAddress(this.table, word, this.seed) : hashIpv4(word, this.seed);
  }
}
