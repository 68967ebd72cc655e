import type { PacketBatch } from '../capture/packet-batch.js';
import { PAYLOAD_AT } from '../layers/datagram.js';
import { FragmentTable } from '../layers/fragments.js';
import { FRAGMENT, type Fragment, PacketView } from '../layers/packet-view.js';
import { decodeFrame } from '../layers/registry.js';

/** Most datagrams with remembered fragments. */
const MAX_DATAGRAMS = 1024;
const MAX_PIECES = 256;

/** Where a part of a fragmented IP datagram lies. */
export interface FragmentPiece {
  readonly packet: number;
  readonly tsMicros: number;
  /** Offset in the datagram's payload; from `piecesOf` in the payload that it was asked for. */
  readonly offset: number;
  readonly len: number;
  readonly frameOffset: number;
  readonly fileOffset: number;
}

/** Notes where a fragment lies instead of reassembling datagrams. */
class FragmentWatch extends FragmentTable {
  offset = -1;
  start = 0;
  end = 0;

  override add(view: PacketView, fragment: Fragment): boolean {
    this.offset = fragment.offset;
    this.start = view.cursor;
    this.end = view.limit;
    view.status = FRAGMENT;
    return false;
  }
}

/** Remembers which frames the fragments of IP datagrams came in. */
export class FragmentNotes {
  private readonly watch = new FragmentWatch();
  private readonly view = new PacketView(Buffer.alloc(0), this.watch);
  private readonly byGroup = new Map<number, FragmentPiece[]>();

  /** Looks at packet `i` of `batch`, a fragment of the datagram `group`. */
  note(group: number, batch: PacketBatch, i: number): void {
    const frameStart = batch.frameStart[i]!;
    const frameEnd = batch.frameEnd[i]!;
    const tsMicros = batch.tsMicros[i]!;
    this.watch.offset = -1;
    this.view.reset(batch.buf, frameStart, frameEnd, frameEnd - frameStart, tsMicros);
    decodeFrame(this.view, batch.linkType[i]!);
    const { offset, start, end } = this.watch;
    if (offset < 0) return;
    let pieces = this.byGroup.get(group);
    if (pieces === undefined) {
      pieces = [];
      this.byGroup.set(group, pieces);
      if (this.byGroup.size > MAX_DATAGRAMS) this.byGroup.delete(this.byGroup.keys().next().value!);
    }
    if (pieces.length >= MAX_PIECES) return;
    pieces.push({
      packet: batch.firstNumber + i,
      tsMicros,
      offset,
      len: end - start,
      frameOffset: start - frameStart,
      fileOffset: batch.baseOffset + frameStart,
    });
  }

  /**
   * The fragments of `group` in order of their bytes, offsets counted from `payloadStart` in the reassembled buffer.
   */
  piecesOf(group: number, payloadStart: number): FragmentPiece[] {
    const shift = payloadStart - PAYLOAD_AT;
    const pieces = this.byGroup.get(group) ?? [];
    return pieces.map((piece) => ({ ...piece, offset: piece.offset - shift })).sort((a, b) => a.offset - b.offset);
  }
}
