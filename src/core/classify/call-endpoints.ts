import { UDP } from '../common/ip-protocols.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { PacketPayload } from '../inspect/packet-payload.js';
import { PEER_FAMILY_IPV4, readStunPeer, StunPeer } from '../inspect/stun-peer.js';
import { hashIpv4, hashIpv6, pair } from './endpoint-hash.js';
import { EVIDENCE_SIGNATURE } from './evidence.js';
import type { RowAddresses } from './row-addresses.js';

/** A call that goes on renews what is known of it by its relay's connections. */
const LIFETIME_MICROS = 600e6;
/** Some two megabytes. */
const MAX_ENDPOINTS = 1 << 14;
const SECOND_SEED = 0x2545f491;

/** The app that an address and port belong to. */
export interface CallEndpoint {
  /** App id. */
  readonly app: number;
  /** The packet of the call's set-up that showed it. */
  readonly packetNumber: number;
  /** Packet time in µs. */
  readonly expiry: number;
}

/**
 * UDP addresses and ports that a call of a known app uses: the socket from which its client speaks STUN in the app's
 * own way (ICE sends all checks and the media from that socket, RFC 8445 §2), and the peers for which the client asks
 * its TURN relay (RFC 8656 §9). Ten minutes each; the oldest makes room for the newest.
 */
export class CallEndpoints {
  private readonly byEndpoint = new Map<number, CallEndpoint>();
  private readonly peer = new StunPeer();

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: RowAddresses,
  ) {}

  /**
   * Takes the ends of the call from the STUN message `payload`, on a connection that a signature gave its app: its
   * initiator, and the peer that the message names where the initiator sent it.
   */
  learn(payload: PacketPayload): void {
    const { addresses, flows, peer } = this;
    const { row, packetNumber } = payload;
    const app = flows.appOf(row);
    if (app === 0 || (flows.evidenceOf(row) & 0xff) !== EVIDENCE_SIGNATURE) return;
    const endpoint = { app, packetNumber, expiry: payload.tsMicros + LIFETIME_MICROS };
    const port = flows.portOf(row, flows.initiatorOf(row));
    this.add(keyOf(addresses.hash(row, addresses.initiator(row)), port), endpoint);
    if (flows.directionOf(row, payload.sender) !== 0) return;
    if (!readStunPeer(payload.buf, payload.start, payload.end, peer)) return;
    const { address, family } = peer;
    const hash =
      family === PEER_FAMILY_IPV4
        ? hashIpv4(address.readInt32BE(0), addresses.seed)
        : hashIpv6(address, 0, addresses.seed);
    this.add(keyOf(hash, peer.port), endpoint);
  }

  /**
   * What is known of either end of the UDP connection `row`; null for nothing. `foundB` tells afterwards whether it is
   * the end B of the connection's key.
   */
  find(row: number): CallEndpoint | null {
    if (this.byEndpoint.size === 0 || this.flows.ipProtocolOf(row) !== UDP) return null;
    this.foundB = false;
    const a = this.at(row, 0);
    if (a !== null) return a;
    this.foundB = true;
    return this.at(row, 1);
  }

  /** Set by `find`. */
  foundB = false;

  private at(row: number, end: Endpoint): CallEndpoint | null {
    const { addresses, flows } = this;
    const known = this.byEndpoint.get(keyOf(addresses.hash(row, flows.addressOf(row, end)), flows.portOf(row, end)));
    return known !== undefined && known.expiry >= flows.firstMicrosOf(row) ? known : null;
  }

  private add(key: number, endpoint: CallEndpoint): void {
    const { byEndpoint } = this;
    byEndpoint.delete(key);
    if (byEndpoint.size >= MAX_ENDPOINTS) {
      for (const oldest of byEndpoint.keys()) {
        byEndpoint.delete(oldest);
        break;
      }
    }
    byEndpoint.set(key, endpoint);
  }
}

/** Two hashes of 26 bits in one number. */
function keyOf(addressHash: number, port: number): number {
  return (pair(addressHash, port) >>> 6) * 2 ** 26 + (pair(port, addressHash ^ SECOND_SEED) >>> 6);
}
