import { UDP } from '../common/ip-protocols.js';
import { FLOW_INITIATOR_B } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { PEER_FAMILY_IPV4, readStunPeer, StunPeer } from '../inspect/stun-peer.js';
import { hashIpv4, hashIpv6, pair } from './endpoint-hash.js';
import type { RowAddresses } from './row-addresses.js';

/** A call that goes on renews what is known of it by its relay's connections. */
const LIFETIME_MICROS = 600e6;
/** Some two megabytes. */
const MAX_ENDPOINTS = 1 << 14;
const SECOND_SEED = 0x2545f491;

/** What ties an address and port to an app. */
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
   * Takes the ends of the call from a STUN message of the connection `row`, which is of `app`: its initiator, and the
   * peer that `buf[start, end)` names where the initiator sent it.
   */
  learn(
    row: number,
    sender: Endpoint,
    buf: Buffer,
    start: number,
    end: number,
    app: number,
    packetNumber: number,
    now: number,
  ): void {
    const { addresses, peer } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const isB = (words[w + F.FLAGS]! & FLOW_INITIATOR_B) !== 0;
    const port = isB ? words[w + F.PORTS]! & 0xffff : words[w + F.PORTS]! >>> 16;
    const endpoint = { app, packetNumber, expiry: now + LIFETIME_MICROS };
    this.add(keyOf(addresses.hash(w, addresses.initiator(w)), port), endpoint);
    if (this.flows.directionOf(row, sender) !== 0 || !readStunPeer(buf, start, end, peer)) return;
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
    if (this.byEndpoint.size === 0) return null;
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.PROTO]! & 255) !== UDP) return null;
    const began = doubles[(w + F.FIRST_MICROS) >> 1]!;
    const ports = words[w + F.PORTS]!;
    this.foundB = false;
    const a = this.at(w, words[w + F.ADDR_A]!, ports >>> 16, began);
    if (a !== null) return a;
    this.foundB = true;
    return this.at(w, words[w + F.ADDR_B]!, ports & 0xffff, began);
  }

  /** Set by `find`. */
  foundB = false;

  private at(w: number, word: number, port: number, began: number): CallEndpoint | null {
    const known = this.byEndpoint.get(keyOf(this.addresses.hash(w, word), port));
    return known !== undefined && known.expiry >= began ? known : null;
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
