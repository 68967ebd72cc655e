import { ANOMALY_NONE } from '../common/anomaly.js';

/** Results of decoding a frame. */
export const DECODED = 0;
/** The capture (snap length) or an enclosing length ends inside a header. */
export const TRUNCATED = 1;
export const MALFORMED = 2;
export const UNSUPPORTED = 3;
/** An IP fragment that completes nothing yet: it has addresses but no ports. */
export const FRAGMENT = 4;

const VLAN_BITS = 12;
const TWO_VLANS = 0xff_ffff;

/** Kinds of overlay networks. */
export const VXLAN_NETWORK = 0;
export const GENEVE_NETWORK = 1;
export const GRE_NETWORK = 2;
export const PBB_NETWORK = 3;

/** An overlay network as a number: a kind of the above, and its identifier of up to 32 bits. */
export function networkNumber(kind: number, id: number): number {
  return kind * 2 ** 32 + (id >>> 0);
}

/** One fragment, as its IP header describes it. A view reuses one instance. */
export class Fragment {
  /** Where the IP header lies in the view's buffer. */
  headerStart = 0;
  /** Length of the header that is kept for the reassembled datagram, in bytes. */
  headerLen = 0;
  /** Identification: 16 bits for IPv4, 32 for IPv6. */
  id = 0;
  /** IANA protocol number where it belongs to the datagram's key (IPv4), else 0. */
  proto = 0;
  /** Offset of the payload in the datagram, in bytes. */
  offset = 0;
  more = false;
}

/** Puts IP fragments together; FragmentTable says how. */
export interface Reassembly {
  add(view: PacketView, fragment: Fragment): boolean;
  reclaim(): void;
}

/**
 * One frame while the layers take it apart. A single instance is reused for every packet and never stored: every field
 * is a number but `buf`, all of them are written in the constructor, and none is ever added or deleted.
 *
 * Offsets are absolute into `buf` and half-open (`…Start` to `…End`). A layer reads at `cursor`, must not read at or
 * past `limit`, lowers `limit` where its own length field says so (Ethernet padding thus never reaches a payload),
 * moves `cursor` behind its header and returns the id of the next layer, or LAYER_END.
 *
 * Address, port and payload fields are written by the innermost IP and transport layer that decoded in full, so that a
 * tunnel whose inside is unreadable leaves its own outer connection standing.
 */
export class PacketView {
  /**
   * The frame's bytes. When the frame completed a fragmented datagram, a fresh buffer that holds that datagram instead:
   * all offsets but `frameStart` and `frameEnd` point into it, and it may be kept.
   */
  buf: Buffer;
  cursor = 0;
  /** Tightest limit so far: no layer may read at or past it. */
  limit = 0;
  /**
   * Bytes that the capture cut off beyond `limit` (snap length): on the wire the current layer goes on for so many
   * more. Used to tell the true TCP payload length.
   */
  missingLen = 0;

  frameStart = 0;
  frameEnd = 0;
  /** The frame's length before the capture cut it. */
  wireLen = 0;

  /**
   * VLAN identifiers (802.1Q, ISL) around the innermost IP header: the innermost in the lower 12 bits, the one around
   * it in the next; 0 for none.
   */
  vlans = 0;
  /** The overlay network that the innermost IP header lies in, as `networkNumber` gives it; -1 for none. */
  network = -1;
  /** The same of what has been read so far, maybe behind that header. */
  private nextVlans = 0;
  private nextNetwork = -1;
  /** `srcAddrStart` at the last tag: tags in front of an enclosing IP header are those of another network. */
  private taggedAt = 0;

  /** 0 while no IP header has been seen, else 4 or 6. */
  ipVersion = 0;
  /** Where the innermost addresses lie in `buf`: 4 or 16 bytes each by `ipVersion`. */
  srcAddrStart = 0;
  dstAddrStart = 0;
  /** IANA protocol number of the innermost IP payload, extension headers passed. */
  ipProto = 0;

  /**
   * 0 for protocols without ports. ICMP: type and code are in `srcPort`/`dstPort` never: they stay 0. Set as soon as
   * their four bytes are there, even when the header is cut off, as in the packet that an ICMP error quotes.
   */
  srcPort = 0;
  dstPort = 0;
  /** TCP flag byte (RFC 9293 §3.1): FIN 1, SYN 2, RST 4, PSH 8, ACK 16. 0 for other protocols. */
  tcpFlags = 0;
  /** TCP sequence and acknowledgement numbers as signed 32-bit integers. */
  tcpSeq = 0;
  tcpAck = 0;
  /** Where the TCP header begins; 0 for other protocols. */
  tcpStart = 0;

  /** Captured bytes of the innermost transport payload (IP payload where there is no known transport). */
  payloadStart = 0;
  payloadEnd = 0;
  /** Its length on the wire: greater than payloadEnd - payloadStart when the capture was snapped. */
  payloadWireLen = 0;

  /** True once the fixed part of a TCP, UDP or other transport header has been read whole. */
  hasTransport = false;

  /**
   * IP reassembly: identifies the datagram that this frame is a fragment of (first or last included), 0 when the frame
   * is no fragment. The number is a running one within the capture.
   */
  fragmentGroup = 0;
  /** Offsets of the packet that an ICMP error quotes (its IP header onwards); -1 when there is none. */
  quotedStart = -1;
  quotedEnd = -1;

  status = DECODED;
  anomaly = ANOMALY_NONE;
  /** Why decoding ended early, a code of `unread.ts`, and the number that goes with it. */
  unread = 0;
  unreadValue = 0;

  /** The fragment at hand, written by the IP layers. */
  readonly fragment = new Fragment();
  /** Reassembles IP datagrams across frames; shared by all packets of a capture. */
  readonly fragments: Reassembly;
  tsMicros = 0;

  /** Without `heedsTags`, VLANs and overlay networks are not noted. */
  constructor(
    buf: Buffer,
    fragments: Reassembly,
    private readonly heedsTags = true,
  ) {
    this.buf = buf;
    this.fragments = fragments;
  }

  /** Points the view at a frame of `buf`; `wireLen` is the frame's length before the capture cut it. */
  reset(buf: Buffer, frameStart: number, frameEnd: number, wireLen: number, tsMicros = 0): void {
    this.buf = buf;
    this.cursor = frameStart;
    this.limit = frameEnd;
    this.missingLen = wireLen > frameEnd - frameStart ? wireLen - (frameEnd - frameStart) : 0;
    this.frameStart = frameStart;
    this.frameEnd = frameEnd;
    this.wireLen = wireLen;
    this.vlans = 0;
    this.network = -1;
    this.nextVlans = 0;
    this.nextNetwork = -1;
    this.taggedAt = 0;
    this.ipVersion = 0;
    this.srcAddrStart = 0;
    this.dstAddrStart = 0;
    this.ipProto = 0;
    this.srcPort = 0;
    this.dstPort = 0;
    this.tcpFlags = 0;
    this.tcpSeq = 0;
    this.tcpAck = 0;
    this.tcpStart = 0;
    this.payloadStart = 0;
    this.payloadEnd = 0;
    this.payloadWireLen = 0;
    this.hasTransport = false;
    this.fragmentGroup = 0;
    this.quotedStart = -1;
    this.quotedEnd = -1;
    this.status = DECODED;
    this.anomaly = ANOMALY_NONE;
    this.unread = 0;
    this.unreadValue = 0;
    this.tsMicros = tsMicros;
  }

  /** The frame is in VLAN `id`; 0 is a priority without a VLAN (IEEE 802.1Q §9.6). */
  enterVlan(id: number): void {
    if (!this.heedsTags || id === 0) return;
    if (this.taggedAt !== this.srcAddrStart) {
      this.nextVlans = 0;
      this.nextNetwork = -1;
    }
    this.taggedAt = this.srcAddrStart;
    this.nextVlans = ((this.nextVlans << VLAN_BITS) | id) & TWO_VLANS;
  }

  /** The frames within belong to an overlay network of its own, as `networkNumber` gives it. */
  enterNetwork(network: number): void {
    if (!this.heedsTags) return;
    this.nextVlans = 0;
    this.nextNetwork = network;
    this.taggedAt = this.srcAddrStart;
  }

  /** An IP header follows: the tags read so far are those of its packets. */
  keepTags(): void {
    this.vlans = this.nextVlans;
    this.network = this.nextNetwork;
  }

  /** True when the capture holds less of the frame than was on the wire. */
  isCut(): boolean {
    return this.wireLen > this.frameEnd - this.frameStart || this.missingLen > 0;
  }

  /**
   * Lowers `limit` to `end` where that is inside; where `end` lies beyond the captured bytes, remembers how many bytes
   * of this layer the capture lacks.
   */
  narrow(end: number): void {
    if (end <= this.limit) {
      this.limit = end;
      this.missingLen = 0;
    } else if (end - this.limit < this.missingLen) {
      this.missingLen = end - this.limit;
    }
  }
}

/** Reads its header at `view.cursor`, moves on, and returns the next layer's id (`layer-ids.ts`), LAYER_END to stop. */
export type DecodeLayer = (view: PacketView) => number;

/** Ends decoding because a header is not whole. Returns LAYER_END. */
export function truncated(view: PacketView, anomaly: number): 0 {
  return fail(view, TRUNCATED, anomaly);
}

/** Ends decoding because a field contradicts itself or its surroundings. Returns LAYER_END. */
export function malformed(view: PacketView, anomaly: number): 0 {
  return fail(view, MALFORMED, anomaly);
}

/** Ends decoding at a protocol that this program does not take apart. Returns LAYER_END. */
export function unsupported(view: PacketView, anomaly: number): 0 {
  return fail(view, UNSUPPORTED, anomaly);
}

/** Notes an oddity that does not end decoding; the first of a frame is kept. */
export function note(view: PacketView, anomaly: number): void {
  if (view.anomaly === ANOMALY_NONE) view.anomaly = anomaly;
}

function fail(view: PacketView, status: number, anomaly: number): 0 {
  view.status = status;
  view.anomaly = anomaly;
  return 0;
}
