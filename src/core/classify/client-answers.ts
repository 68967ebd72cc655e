import { FLOW_INITIATOR_B, FLOW_INITIATOR_SURE, FLOW_OPENER_B } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { type DnsAnswers, MAX_ADDRESSES } from '../inspect/dns/dns-answers.js';
import type { PacketPayload } from '../inspect/packet-payload.js';
import type { DnsAnswerCache } from './dns-answer-cache.js';
import { hashIpv4, hashIpv6, pair } from './endpoint-hash.js';
import type { RowAddresses } from './row-addresses.js';

const SECOND_SEED = 0x5bd1e995;

/** DNS answers that clients have received, by the rows of their connections. */
export class ClientAnswers {
  /** Of the answers of one message. */
  private readonly keys = new Int32Array(MAX_ADDRESSES);
  private readonly checks = new Int32Array(MAX_ADDRESSES);
  /** Has no meaning: keeps `touch` from being optimised away. */
  touched = 0;

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: RowAddresses,
    private readonly answers: DnsAnswerCache,
  ) {}

  /**
   * Remembers that the initiator of the connection was told that `name` (NameTable id) has the addresses in `found`,
   * which were read from `payload`.
   */
  learn(payload: PacketPayload, found: DnsAnswers, name: number): void {
    const { addresses, answers, keys, checks } = this;
    const { row, buf } = payload;
    const client = this.clientOf(row, addresses.initiator(row));
    for (let n = 0; n < found.count; n++) {
      const at = found.addressStart[n]!;
      const server =
        found.family[n] === 4 ? hashIpv4(buf.readInt32BE(at), addresses.seed) : hashIpv6(buf, at, addresses.seed);
      keys[n] = pair(client, server);
      checks[n] = pair(server, client ^ SECOND_SEED);
    }
    if (found.count > 1) this.touched += answers.touch(keys, found.count);
    for (let n = 0; n < found.count; n++) answers.put(keys[n]!, checks[n]!, name, found.ttl[n]!, payload.tsMicros);
  }

  /**
   * Looks whether a DNS answer named the responder's address for this initiator; called when a connection begins, at
   * `startMicros`. Where
   * a capture sets in between two packets, the first may be the server's: an answer that named its address to the other
   * end then shows who the client is.
   */
  recall(row: number, startMicros: number): void {
    const { addresses, flows } = this;
    const initiator = addresses.initiator(row);
    const responder = addresses.responder(row);
    let name = this.nameFor(this.clientOf(row, initiator), addresses.hash(row, responder), startMicros);
    if (name === 0 && this.mayBeReversed(row)) {
      name = this.nameFor(this.clientOf(row, responder), addresses.hash(row, initiator), startMicros);
      if (name !== 0) flows.flipInitiator(row);
    }
    if (name !== 0) flows.setHint(row, name);
  }

  /** The client with the address `word`, in its VLAN or overlay network: another one there is another client. */
  private clientOf(row: number, word: number): number {
    const segment = this.flows.segmentOf(row);
    const client = this.addresses.hash(row, word);
    return segment === 0 ? client : pair(client, segment);
  }

  /**
   * NameTable id of the name that a DNS answer gave `server` for `client`, both as hashes, and that was in
   * force at `atMicros`; 0 for none.
   */
  private nameFor(client: number, server: number, atMicros: number): number {
    const place = this.answers.find(pair(client, server), pair(server, client ^ SECOND_SEED));
    return place < 0 ? 0 : this.answers.nameAt(place, atMicros);
  }

  /**
   * Nothing but the first packet and its ports tell who began: it came from the lower port, where servers are, or from
   * one so low that its sender was taken for the responder.
   */
  private mayBeReversed(row: number): boolean {
    const { flows } = this;
    if (flows.hasFlag(row, FLOW_INITIATOR_SURE)) return false;
    if (flows.hasFlag(row, FLOW_OPENER_B) !== flows.hasFlag(row, FLOW_INITIATOR_B)) return true;
    const portA = flows.portOf(row, 0);
    const portB = flows.portOf(row, 1);
    return flows.initiatorOf(row) === 1 ? portB < portA : portA < portB;
  }
}
