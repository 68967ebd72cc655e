import { FLOW_INITIATOR_B, FLOW_INITIATOR_SURE } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { DnsAnswerCache } from './dns-answer-cache.js';
import { hashIpv4, hashIpv6, pair } from './endpoint-hash.js';
import type { RowAddresses } from './row-addresses.js';

const SECOND_SEED = 0x5bd1e995;

/** What clients were told by DNS, by the rows of their connections. */
export class ClientAnswers {
  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: RowAddresses,
    private readonly answers: DnsAnswerCache,
  ) {}

  /** Remembers that the initiator of `row` was told `name` has the address of `family` 4 or 6 at `buf[at]`. */
  learn(row: number, buf: Buffer, at: number, family: number, ttlSeconds: number, name: number, now: number): void {
    const w = row << F.ROW_SHIFT;
    const { seed } = this.addresses;
    const client = this.addresses.hash(w, this.addresses.initiator(w));
    const server = family === 4 ? hashIpv4(buf.readInt32BE(at), seed) : hashIpv6(buf, at, seed);
    this.answers.put(pair(client, server), pair(server, client ^ SECOND_SEED), name, ttlSeconds, now);
  }

  /**
   * Looks whether a DNS answer named the responder's address for this initiator; called when a connection begins. Where
   * a capture sets in between two packets, the first may be the server's: an answer that named its address to the other
   * end then shows who the client is.
   */
  recall(row: number): void {
    const w = row << F.ROW_SHIFT;
    const { words } = this.flows;
    const initiator = this.addresses.hash(w, this.addresses.initiator(w));
    const responder = this.addresses.hash(w, this.addresses.responder(w));
    let name = this.nameFor(w, initiator, responder);
    if (name === 0 && this.mayBeReversed(w)) {
      name = this.nameFor(w, responder, initiator);
      if (name !== 0) this.flows.flipInitiator(row);
    }
    if (name !== 0) words[w + F.HINT_NAME] = name;
  }

  /**
   * NameTable id of the name that a DNS answer gave `server` for `client`, both hashes of addresses, and that was in
   * force when the connection at `w` began; 0 for none.
   */
  private nameFor(w: number, client: number, server: number): number {
    const place = this.answers.find(pair(client, server), pair(server, client ^ SECOND_SEED));
    return place < 0 ? 0 : this.answers.nameAt(place, this.flows.doubles[(w + F.FIRST_MICROS) >> 1]!);
  }

  /** Nothing but the first packet tells who began, and it came from the lower port, where servers are. */
  private mayBeReversed(w: number): boolean {
    const { words } = this.flows;
    const flags = words[w + F.FLAGS]!;
    if ((flags & FLOW_INITIATOR_SURE) !== 0) return false;
    const ports = words[w + F.PORTS]!;
    const portA = ports >>> 16;
    const portB = ports & 0xffff;
    return (flags & FLOW_INITIATOR_B) !== 0 ? portB < portA : portA < portB;
  }
}
