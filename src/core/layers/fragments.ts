import {
  IP_FRAGMENT_EVICTED,
  IP_FRAGMENT_INCOMPLETE,
  IP_FRAGMENT_OVERLAP,
  IP_FRAGMENT_TOO_LONG,
} from '../common/anomaly.js';
import { i32 } from '../common/bytes.js';
import { fnvStep, foldHash } from '../common/hash.js';
import {
  Datagram,
  FRAGMENT_DIFFERS,
  FRAGMENT_DUPLICATE,
  FRAGMENT_OVERLAPS,
  FRAGMENT_REFUSED,
  isUsualMemory,
  MAX_DATAGRAM_LEN,
  PAYLOAD_AT,
} from './datagram.js';
import { enterIpPayload } from './ip-header.js';
import { finalDestination } from './ipv4-options.js';
import { FRAGMENT, type Fragment, note, type PacketView, type Reassembly } from './packet-view.js';

const BUCKETS = 1_024;
/** Datagrams in progress, and bytes held for them all; beyond either the oldest is given up. */
const MAX_DATAGRAMS = 1_024;
const MAX_HELD_LEN = 16 * 1024 * 1024;
/** Without another fragment. RFC 8200 §4.5 gives 60 s from the first one, and so does Linux; for IPv4 it gives 30 s. */
const IPV4_TIMEOUT_MICROS = 30_000_000;
const IPV6_TIMEOUT_MICROS = 60_000_000;
/** Memory of whole datagrams that is kept for the next ones: as many as a batch may hold. */
const MAX_FREE = 128;
/** How long a whole datagram is remembered, to recognise copies of its fragments (mirror ports show them twice). */
const MEMORY_MICROS = 1_000_000;

const IPV4_MIN_HEADER_LEN = 20;
const IPV4_SRC_ADDR = 12;
const IPV6_SRC_ADDR = 8;

/**
 * Reassembles IPv4 and IPv6 datagrams (RFC 791 §3.2, RFC 8200 §4.5) from fragments in any order, within fixed bounds of
 * memory. Time is packet time, which may jump both ways. A datagram is known by its addresses, identification and
 * (IPv4) protocol, within its VLAN or overlay network: others may use the same addresses.
 *
 * The counters tell the losses: fragments of a datagram that times out, is evicted, or is still in progress at the
 * end of the capture belong to no connection.
 */
export class FragmentTable implements Reassembly {
  /** Datagrams reassembled; given up without another fragment in time; given up to make room. */
  completed = 0;
  timedOut = 0;
  evicted = 0;
  /** Fragments that contradicted others, were copies of earlier ones, or were refused. */
  overlaps = 0;
  duplicates = 0;
  refused = 0;
  /** Fragments in no whole datagram so far, and their frames' bytes on the wire. */
  unreadPackets = 0;
  unreadBytes = 0;

  /** `maxHeldLen`: bytes held for all datagrams in progress. */
  constructor(private readonly maxHeldLen = MAX_HELD_LEN) {}

  private readonly buckets: (Datagram | null)[] = new Array<Datagram | null>(BUCKETS).fill(null);
  /** Finished datagrams, for reuse: a flood of fragments would otherwise leave garbage. */
  private readonly spare: Datagram[] = [];
  /** Memory that views point into, and memory that is free. */
  private readonly handedOver: Buffer[] = [];
  private readonly free: Buffer[] = [];
  private oldest: Datagram | null = null;
  private newest: Datagram | null = null;
  private size = 0;
  private heldLen = 0;
  private remembered = 0;
  private lastGroup = 0;

  /** Datagrams that wait for fragments. */
  get inProgress(): number {
    return this.size - this.remembered;
  }

  /** Bytes allocated for datagrams in progress. */
  get bytesHeld(): number {
    return this.heldLen;
  }

  /**
   * Takes the fragment that the view stands at: payload from cursor to limit. Sets `view.fragmentGroup`.
   *
   * True when decoding can go on: the datagram is whole, and `view.buf` is a buffer, valid until `reclaim`, that holds
   * the first fragment's header (IPv6: without its extension headers) and the whole payload, with cursor, limit and
   * addresses pointing into it; or this is a first fragment that the capture cut, whose transport header is all there
   * will be. False when the fragment waits for others, with `view.status` FRAGMENT.
   *
   * A datagram whose fragments overlap, exact copies aside, is given up with all its fragments so far (RFC 8200 §4.5,
   * RFC 5722 §4; Linux does so for IPv4 too). Later fragments begin anew, as they do in Linux.
   */
  add(view: PacketView, fragment: Fragment): boolean {
    const { offset, more } = fragment;
    this.expire(view);
    const datagram = this.find(view, fragment);
    view.fragmentGroup = datagram.group;
    if (datagram.done) {
      this.duplicates++;
      view.status = FRAGMENT;
      return false;
    }
    if (view.missingLen > 0) {
      datagram.incomplete = true;
      if (offset === 0) return true;
      return this.wait(view, datagram);
    }

    const heldBefore = datagram.heldLen();
    if (offset === 0 && datagram.headerLen === 0) {
      datagram.keepHeader(view.buf, fragment.headerStart, fragment.headerLen, view.ipProto);
      // A routing header before the fragment header goes the way of the other extensions; its destination stays.
      if (view.ipVersion === 6) datagram.keepDestination(view.buf, view.dstAddrStart);
    }
    const outcome = datagram.add(view.buf, view.cursor, view.limit, offset, more);
    this.heldLen += datagram.heldLen() - heldBefore;
    this.count(view, outcome, offset);
    if (outcome === FRAGMENT_OVERLAPS) {
      this.wait(view, datagram);
      this.remove(datagram);
      return false;
    }
    if (datagram.isWhole()) {
      this.complete(view, datagram);
      return true;
    }
    while (this.heldLen > this.maxHeldLen && this.oldest !== null && this.oldest !== datagram) {
      this.evict(this.oldest, view);
    }
    return this.wait(view, datagram);
  }

  /** Takes back the memory of the whole datagrams that `add` has shown. Views must not point into them any more. */
  reclaim(): void {
    const { handedOver, free } = this;
    if (handedOver.length === 0) return;
    for (const data of handedOver) if (isUsualMemory(data) && free.length < MAX_FREE) free.push(data);
    handedOver.length = 0;
  }

  private wait(view: PacketView, datagram: Datagram): false {
    view.status = FRAGMENT;
    datagram.waitingPackets++;
    datagram.waitingBytes += view.wireLen;
    this.unreadPackets++;
    this.unreadBytes += view.wireLen;
    return false;
  }

  private count(view: PacketView, outcome: number, offset: number): void {
    if (outcome === FRAGMENT_DUPLICATE) {
      this.duplicates++;
    } else if (outcome === FRAGMENT_OVERLAPS || outcome === FRAGMENT_DIFFERS) {
      this.overlaps++;
      note(view, IP_FRAGMENT_OVERLAP);
    } else if (outcome === FRAGMENT_REFUSED) {
      this.refused++;
      const tooLong = offset + view.limit - view.cursor > MAX_DATAGRAM_LEN;
      note(view, tooLong ? IP_FRAGMENT_TOO_LONG : IP_FRAGMENT_INCOMPLETE);
    }
  }

  private complete(view: PacketView, datagram: Datagram): void {
    const data = datagram.data!;
    const headerStart = PAYLOAD_AT - datagram.headerLen;
    const isIpv4 = view.ipVersion === 4;
    view.buf = data;
    view.limit = PAYLOAD_AT + datagram.totalLen;
    view.missingLen = 0;
    view.srcAddrStart = headerStart + (isIpv4 ? IPV4_SRC_ADDR : IPV6_SRC_ADDR);
    view.dstAddrStart = view.srcAddrStart + (isIpv4 ? 4 : 16);
    if (isIpv4 && datagram.headerLen > IPV4_MIN_HEADER_LEN) {
      view.dstAddrStart = finalDestination(data, headerStart + IPV4_MIN_HEADER_LEN, PAYLOAD_AT, view.dstAddrStart);
    }
    view.quotedStart = -1;
    view.quotedEnd = -1;
    enterIpPayload(view, datagram.payloadProto, PAYLOAD_AT);

    this.completed++;
    this.unreadPackets -= datagram.waitingPackets;
    this.unreadBytes -= datagram.waitingBytes;
    this.heldLen -= data.length;
    this.remembered++;
    this.handedOver.push(data);
    datagram.data = null;
    datagram.done = true;
  }

  /** The datagram of this fragment; a new one where none is in progress. */
  private find(view: PacketView, { id, proto, offset }: Fragment): Datagram {
    const { buf, srcAddrStart, ipVersion, vlans, network } = view;
    const addrsLen = ipVersion === 4 ? 8 : 32;
    let hash = fnvStep((id * 31 + proto) | 0, vlans ^ (network | 0));
    for (let at = 0; at < addrsLen; at += 4) hash = fnvStep(hash, i32(buf, srcAddrStart + at));
    hash = foldHash(hash);

    let datagram = this.buckets[hash & (BUCKETS - 1)] ?? null;
    while (datagram !== null) {
      if (
        datagram.hash === hash &&
        datagram.id === id &&
        datagram.proto === proto &&
        datagram.ipVersion === ipVersion &&
        datagram.vlans === vlans &&
        datagram.network === network &&
        datagram.isBetween(buf, srcAddrStart, addrsLen)
      ) {
        break;
      }
      datagram = datagram.nextInBucket;
    }
    if (datagram !== null) {
      const age = view.tsMicros - datagram.seenMicros;
      // A whole datagram's key comes back with a copy of a later fragment, or with the beginning of a new datagram.
      const current = datagram.done ? Math.abs(age) <= patience(datagram) && offset !== 0 : age <= patience(datagram);
      if (current) {
        if (!datagram.done) this.renew(datagram, view);
        return datagram;
      }
      this.giveUp(datagram);
    }
    return this.begin(view, hash, id, proto, addrsLen);
  }

  private begin(view: PacketView, hash: number, id: number, proto: number, addrsLen: number): Datagram {
    while (this.size >= MAX_DATAGRAMS && this.oldest !== null) this.evict(this.oldest, view);
    const datagram = this.spare.pop() ?? new Datagram();
    // Inside a datagram that was itself reassembled: one number for all of their fragments.
    datagram.group = view.fragmentGroup !== 0 ? view.fragmentGroup : ++this.lastGroup;
    datagram.seenMicros = view.tsMicros;
    datagram.hash = hash;
    datagram.ipVersion = view.ipVersion;
    datagram.id = id;
    datagram.proto = proto;
    datagram.vlans = view.vlans;
    datagram.network = view.network;
    for (let i = 0; i < addrsLen; i++) datagram.addrs[i] = view.buf[view.srcAddrStart + i]!;
    datagram.offerMemory(this.free);

    const bucket = hash & (BUCKETS - 1);
    datagram.nextInBucket = this.buckets[bucket] ?? null;
    this.buckets[bucket] = datagram;
    this.linkNewest(datagram);
    this.size++;
    return datagram;
  }

  private expire(view: PacketView): void {
    let datagram = this.oldest;
    while (datagram !== null) {
      const age = view.tsMicros - datagram.seenMicros;
      // Younger ones may have less patience. `find` looks at their age, so that they only stay in memory for longer.
      if (age <= patience(datagram)) return;
      const newer: Datagram | null = datagram.newer;
      this.giveUp(datagram);
      datagram = newer;
    }
  }

  private giveUp(datagram: Datagram): void {
    if (!datagram.done) this.timedOut++;
    this.remove(datagram);
  }

  private evict(datagram: Datagram, view: PacketView): void {
    if (!datagram.done) {
      this.evicted++;
      note(view, IP_FRAGMENT_EVICTED);
    }
    this.remove(datagram);
  }

  private remove(datagram: Datagram): void {
    const bucket = datagram.hash & (BUCKETS - 1);
    let before = this.buckets[bucket] ?? null;
    if (before === datagram) {
      this.buckets[bucket] = datagram.nextInBucket;
    } else {
      while (before !== null && before.nextInBucket !== datagram) before = before.nextInBucket;
      if (before !== null) before.nextInBucket = datagram.nextInBucket;
    }
    this.unlinkAge(datagram);
    this.size--;
    if (datagram.done) this.remembered--;
    this.heldLen -= datagram.heldLen();
    datagram.reset();
    this.spare.push(datagram);
  }

  /** Makes it the youngest, so that the list stays in order of time. */
  private renew(datagram: Datagram, view: PacketView): void {
    datagram.seenMicros = view.tsMicros;
    this.unlinkAge(datagram);
    this.linkNewest(datagram);
  }

  private linkNewest(datagram: Datagram): void {
    datagram.older = this.newest;
    datagram.newer = null;
    if (this.newest === null) this.oldest = datagram;
    else this.newest.newer = datagram;
    this.newest = datagram;
  }

  private unlinkAge(datagram: Datagram): void {
    if (datagram.older === null) this.oldest = datagram.newer;
    else datagram.older.newer = datagram.newer;
    if (datagram.newer === null) this.newest = datagram.older;
    else datagram.newer.older = datagram.older;
  }
}

/** How long a datagram is kept after the fragment that came last. */
function patience({ done, ipVersion }: Datagram): number {
  if (done) return MEMORY_MICROS;
  return ipVersion === 4 ? IPV4_TIMEOUT_MICROS : IPV6_TIMEOUT_MICROS;
}
