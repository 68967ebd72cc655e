import * as F from '../flow/flow-row.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { DnsAnswerCache } from './dns-answer-cache.js';
import { hashIpv4, hashIpv6, pair } from './endpoint-hash.js';
import type { RowAddresses } from './row-addresses.js';

const SECOND_SEED = 0x5bd1e995;

/** What clients were told by DNS, by the rows of their connections. */
export class ClientAnswers {
  constructor(
    private readonly flows: FlowTable,
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

  /** Looks whether a DNS answer named the responder's address for this initiator; called when a connection begins. */
  recall(row: number, now: number): void {
    const w = row << F.ROW_SHIFT;
    const client = this.addresses.hash(w, this.addresses.initiator(w));
    const server = this.addresses.hash(w, this.addresses.responder(w));
    const name = this.answers.get(pair(client, server), pair(server, client ^ SECOND_SEED), now);
    if (name !== 0) this.flows.words[w + F.HINT_NAME] = name;
  }
}
