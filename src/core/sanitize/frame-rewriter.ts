import { u16 } from '../common/bytes.js';
import { ICMP, ICMPV6, TCP, UDP } from '../common/ip-protocols.js';
import * as id from '../layers/layer-ids.js';
import { linkLayer } from '../layers/link-types.js';
import { FRAGMENT, PacketView, type Reassembly } from '../layers/packet-view.js';
import { decodeLayer } from '../layers/registry.js';
import { type ChecksumField, recompute } from './checksums.js';
import { rewriteArp, rewriteIcmpv6 } from './control-payloads.js';
import { zero } from './header-bytes.js';
import { LAYER_REWRITES } from './layer-fields.js';
import type { Replacements } from './replacements.js';

const MAX_LAYERS = 32;
/** Bytes to keep of a layer that could not be read; tried in this order. */
const KEPT_UNREAD = [0, 1, 3, 8, 20];
/** From so many kept bytes on, those that make no difference become zeros: they may be addresses. */
const MIN_TRIED = 8;
const LINKTYPE_RAW = 101;
const ETHER_TYPE_ARP = 0x0806;
const UNSEEN_LEN = 0xffff;
const MIN_TCP_LEN = 20;
const UDP_LEN = 8;

/** Each fragment is a frame of its own here: nothing is put together. */
const NO_REASSEMBLY: Reassembly = {
  add(view) {
    view.status = FRAGMENT;
    return false;
  },
  reclaim() {},
};

/** Bytes of a frame. */
export interface ScrubbedPlace {
  readonly offset: number;
  readonly len: number;
}

/** What a payload becomes: `bytes` from its first byte on, zeros behind them. */
export interface PayloadPlan {
  /** Null: all zeros. */
  readonly bytes: Buffer | null;
  /** Keep the payload's captured length; else the frame is cut behind the last byte that is kept. */
  readonly fillsZeros: boolean;
  /** Places that a search found to hold something old; they become zeros, whatever they are. */
  readonly scrubbed?: readonly ScrubbedPlace[];
  /** For a fragment: the payload of its whole IP datagram. */
  readonly datagram?: Buffer | null;
}

interface Visit {
  readonly layer: number;
  readonly start: number;
  readonly end: number;
}

/** Rewrites frames: headers by what their fields are, payloads by plans, nothing else survives. */
export class FrameRewriter {
  private readonly view = new PacketView(Buffer.alloc(0), NO_REASSEMBLY);
  /** Of the frame rewritten last: length of its headers, and bytes behind them that stay without being understood. */
  headerLen = 0;
  keptUnread = 0;
  /** Frames that decode otherwise than before. */
  differing = 0;
  private visits: Visit[] = [];
  private checksums: ChecksumField[] = [];

  constructor(private readonly maps: Replacements) {}

  /**
   * The sanitized copy of `frame`, `wireLen` bytes on the wire. `plan` is for the payload of its innermost transport
   * header, or, for an IP fragment, for the IP payload that it holds.
   */
  rewrite(frame: Buffer, wireLen: number, linkType: number, plan: PayloadPlan): Buffer {
    this.decode(frame, wireLen, linkType);
    const decoded = this.decoded();
    let first: Buffer | null = null;
    for (const keptUnread of KEPT_UNREAD) {
      for (const fillsZeros of plan.fillsZeros ? [true] : [false, true]) {
        this.keptUnread = keptUnread;
        const out = this.rewriteOnce(frame, wireLen, linkType, { ...plan, fillsZeros });
        this.decode(out, wireLen, linkType);
        if (this.decoded() === decoded) {
          const isTried = keptUnread >= MIN_TRIED;
          return isTried ? this.withFewerBytes(out, [frame, wireLen, linkType], { ...plan, fillsZeros }) : out;
        }
        first ??= out;
        this.decode(frame, wireLen, linkType);
      }
    }
    this.keptUnread = 0;
    this.differing++;
    return first!;
  }

  /** `out` with zeros in place of those kept bytes without which the frame decodes as it does. */
  private withFewerBytes(
    out: Buffer,
    [frame, wireLen, linkType]: readonly [Buffer, number, number],
    plan: PayloadPlan,
  ): Buffer {
    const decoded = this.decoded();
    const { headerLen, keptUnread } = this;
    let best = out;
    let scrubbed = plan.scrubbed ?? [];
    for (let offset = headerLen; offset < Math.min(out.length, headerLen + keptUnread); offset++) {
      const places = [...scrubbed, { offset, len: 1 }];
      const trial = this.rewriteOnce(frame, wireLen, linkType, { ...plan, scrubbed: places });
      this.decode(trial, wireLen, linkType);
      if (this.decoded() !== decoded) continue;
      best = trial;
      scrubbed = places;
    }
    return best;
  }

  /** What the layers say of the frame in the view: it must be the same of the copy. */
  private decoded(): string {
    const { view } = this;
    const { status, anomaly, unread, unreadValue, ipVersion, ipProto, srcPort, dstPort } = view;
    const quoted = view.quotedStart < 0 ? -1 : view.quotedStart;
    const fields = [status, anomaly, unread, unreadValue, ipVersion, ipProto, srcPort, dstPort, quoted];
    return [...fields, view.hasTransport, view.payloadStart, view.payloadWireLen, view.vlans, view.network].join(' ');
  }

  private rewriteOnce(frame: Buffer, wireLen: number, linkType: number, plan: PayloadPlan): Buffer {
    const { view } = this;
    this.decode(frame, wireLen, linkType);
    const out = Buffer.from(frame);
    const headerEnd = this.headerEnd(plan);
    this.headerLen = headerEnd;
    for (const { layer, start, end } of this.visits) {
      if (start < headerEnd && end > start) LAYER_REWRITES[layer]?.(out, start, Math.min(end, headerEnd), this.maps);
    }
    const { checksums } = this;
    let keptEnd = this.rewriteControl(frame, out, headerEnd);
    const payloadEnd = view.ipVersion === 0 ? headerEnd : view.payloadEnd;
    const bytes = view.status === FRAGMENT && plan.datagram != null ? this.fragmentOf(plan.datagram) : plan.bytes;
    if (keptEnd === headerEnd && bytes !== null) {
      const len = Math.max(0, Math.min(bytes.length, payloadEnd - headerEnd));
      bytes.copy(out, headerEnd, 0, len);
      keptEnd = headerEnd + len;
    }
    // Of bytes that no layer understands, as many stay as it takes to see that none does.
    if (keptEnd === headerEnd) keptEnd = Math.min(out.length, keptEnd + this.keptUnread);
    zero(out, keptEnd, out.length);
    if (view.status === FRAGMENT && plan.datagram == null && view.ipProto === UDP && headerEnd > view.payloadStart) {
      // It covers bytes that are not there.
      zero(out, headerEnd - 2, headerEnd);
    }
    for (const { offset, len } of plan.scrubbed ?? []) zero(out, offset, Math.min(out.length, offset + len));
    // Innermost first: an outer one covers those within.
    for (const field of checksums.reverse()) recompute(frame, out, field);
    return plan.fillsZeros ? out : out.subarray(0, keptEnd);
  }

  /** The part of the datagram that the fragment at hand holds. */
  private fragmentOf(datagram: Buffer): Buffer {
    return datagram.subarray(this.view.fragment.offset);
  }

  private decode(frame: Buffer, wireLen: number, linkType: number): void {
    const { view } = this;
    this.visits = [];
    this.checksums = [];
    view.reset(frame, 0, frame.length, wireLen);
    let next = linkLayer(linkType);
    for (let depth = 0; depth < MAX_LAYERS && next !== id.LAYER_END; depth++) {
      const layer = next;
      const start = view.cursor;
      next = decodeLayer(view, layer);
      this.visits.push({ layer, start, end: view.cursor });
      this.noteChecksum(frame, layer, start);
    }
  }

  private noteChecksum(frame: Buffer, layer: number, start: number): void {
    const { view } = this;
    const of = (at: number, end: number, protocol: number, isOptional = false): void => {
      const hasPseudo = protocol !== 0;
      this.checksums.push({
        at: start + at,
        start,
        end,
        missingLen: hasPseudo || layer === id.LAYER_ICMP ? view.missingLen : 0,
        sourceStart: view.srcAddrStart,
        destinationStart: view.dstAddrStart,
        addressLen: hasPseudo ? (view.ipVersion === 4 ? 4 : 16) : 0,
        protocol,
        isOptional,
      });
    };
    if (layer === id.LAYER_IPV4 && view.cursor > start) of(10, start + (frame[start]! & 15) * 4, 0);
    else if (!view.hasTransport) return;
    else if (layer === id.LAYER_TCP) of(16, view.limit, TCP);
    else if (layer === id.LAYER_UDP) of(6, view.limit, UDP, true);
    else if (layer === id.LAYER_ICMP) of(2, view.limit, 0);
    else if (layer === id.LAYER_ICMPV6) of(2, view.limit, ICMPV6);
  }

  /** Where headers end and the payload begins that a plan is for. */
  private headerEnd({ datagram }: PayloadPlan): number {
    const { view } = this;
    if (view.ipVersion === 0) return view.cursor;
    // The first fragment of a datagram that was never whole shows the ports.
    const isWithin = view.status === FRAGMENT && (datagram != null || view.fragment.offset > 0);
    if (isWithin || view.hasTransport) return view.payloadStart;
    // The capture ends within the transport header.
    const len = view.ipProto === TCP ? MIN_TCP_LEN : view.ipProto === UDP ? UDP_LEN : 0;
    return Math.min(view.payloadStart + len, view.payloadEnd);
  }

  /** Rewrites ARP and ICMP. Returns where what is kept ends; `headerEnd` for other payloads. */
  private rewriteControl(frame: Buffer, out: Buffer, headerEnd: number): number {
    const { view, maps } = this;
    if (view.ipVersion === 0) {
      const isArp = this.visits.at(-1)?.layer === id.LAYER_CONTROL && headerEnd >= 2;
      return isArp && u16(frame, headerEnd - 2) === ETHER_TYPE_ARP
        ? rewriteArp(out, headerEnd, frame.length, maps)
        : headerEnd;
    }
    if (!view.hasTransport) return headerEnd;
    const last = this.visits.at(-1)!;
    if (view.ipProto === ICMP && last.layer === id.LAYER_ICMP) {
      // A redirect names the gateway (RFC 792).
      if (frame[last.start] === 5) maps.addresses.replaceAt(out, last.start + 4, 4);
    } else if (view.ipProto === ICMPV6 && last.layer === id.LAYER_ICMPV6) {
      if (view.quotedStart < 0) return rewriteIcmpv6(out, last.start, view.payloadEnd, maps);
    } else return headerEnd;
    return view.quotedStart < 0 ? headerEnd : this.rewriteQuote(frame, out, view.quotedStart, view.quotedEnd);
  }

  /** The packet that an error quotes: its headers. */
  private rewriteQuote(frame: Buffer, out: Buffer, start: number, end: number): number {
    const inner = new FrameRewriter(this.maps);
    const quoted = frame.subarray(start, end);
    const plan = { bytes: null, fillsZeros: false };
    const rewritten = inner.rewrite(quoted, quoted.length + UNSEEN_LEN, LINKTYPE_RAW, plan);
    rewritten.copy(out, start);
    return start + rewritten.length;
  }
}
