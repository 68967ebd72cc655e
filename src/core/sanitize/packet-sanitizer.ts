import { FrameRewriter } from './frame-rewriter.js';
import type { Replacements } from './replacements.js';
import type { PayloadPlans } from './study.js';

const LINKTYPE_RAW = 101;
const IPV4_LEN = 20;
const IPV6_LEN = 40;

/** The second pass: rewrites each packet by the plans of the study. */
export class PacketSanitizer {
  private readonly frames: FrameRewriter;
  private readonly datagramFrames: FrameRewriter;
  /** IP payloads of datagrams that came in fragments, rewritten. */
  private readonly datagrams = new Map<number, Buffer>();

  constructor(
    private readonly plans: PayloadPlans,
    maps: Replacements,
    /** Keep the captured length of every packet: zeros stand for what is left out. */
    private readonly fillsZeros: boolean,
  ) {
    this.frames = new FrameRewriter(maps);
    this.datagramFrames = new FrameRewriter(maps);
  }

  /** The sanitized copy of packet `number`, with its captured length where `keepsLength` is true. */
  rewrite(
    frame: Buffer,
    wireLen: number,
    { linkType, number }: { readonly linkType: number; readonly number: number },
    keepsLength: boolean,
  ): Buffer {
    const group = this.plans.groups.get(number);
    const fillsZeros = this.fillsZeros || keepsLength || group !== undefined;
    const datagram = group === undefined ? null : this.datagramOf(group);
    const bytes = this.plans.payloads.get(number) ?? null;
    const rewritten = this.frames.rewrite(frame, wireLen, linkType, {
      bytes,
      fillsZeros,
      datagram,
      scrubbed: this.plans.scrubbed.get(number),
    });
    const { verbatim } = this.plans;
    const { headerLen, keptUnread } = this.frames;
    const planned = verbatim.get(number);
    // A fragment holds some part of the datagram that was planned.
    const mask = keptUnread > 0 || group !== undefined ? null : (planned?.mask ?? null);
    if (planned !== undefined || keptUnread > 0) verbatim.set(number, { start: headerLen, mask });
    return rewritten;
  }

  private datagramOf(group: number): Buffer | null {
    const known = this.datagrams.get(group);
    if (known !== undefined) return known;
    const datagram = this.plans.datagrams.get(group);
    if (datagram === undefined) return null;
    const { packet, number } = datagram;
    const bytes = this.plans.payloads.get(number) ?? null;
    const rewritten = this.datagramFrames.rewrite(packet, packet.length, LINKTYPE_RAW, { bytes, fillsZeros: true });
    const payload = rewritten.subarray(packet[0]! >> 4 === 4 ? IPV4_LEN : IPV6_LEN);
    this.datagrams.set(group, payload);
    return payload;
  }
}
