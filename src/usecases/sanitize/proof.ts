import type { PacketBatch } from '../../core/capture/packet-batch.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { Pipeline } from '../../core/engine/pipeline.js';
import { ALL_FACTS } from '../../core/report/all-facts.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import type { SecretSearch, Sighting } from '../../core/sanitize/secret-search.js';
import type { VerbatimBytes } from '../../core/sanitize/study.js';
import type { Leak } from './sanitize-types.js';

/** A sighting within a packet's frame; the original decides about it. */
interface PlacedSighting extends Sighting {
  readonly packet: number;
  /** The bytes of the copy there. */
  readonly bytes: Buffer;
}

/** A leak with its length. */
export interface FoundLeak extends Leak {
  readonly len: number;
}

/** Sightings that are kept; more are a failure by themselves. */
const MAX_SIGHTINGS = 1_000_000;
/** Of the six bytes of a MAC address, as in 00:00:00:00:00:02. */
const MIN_PATTERN_ZEROS = 4;

/** Reads the copy: analyzes it again, and searches all of its bytes. */
export class CopyReader {
  readonly pipeline: Pipeline;
  readonly records: ConnectionRecord[] = [];
  readonly sightings: PlacedSighting[] = [];
  /** Secrets outside of packets. */
  readonly outside: FoundLeak[] = [];
  searchedBytes = 0;

  constructor(
    apps: AppTable,
    private readonly search: SecretSearch,
  ) {
    this.pipeline = new Pipeline({
      apps,
      seed: 1,
      top: 0,
      facts: ALL_FACTS,
      handshakes: true,
      onConnection: (record) => this.records.push(record),
    });
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    this.pipeline.run(batch);
    const { buf, start, end, count, frameStart, frameEnd, firstNumber } = batch;
    const searched = buf.subarray(start, end);
    this.searchedBytes += searched.length;
    let i = 0;
    const found = [...this.search.in(searched)].sort((a, b) => a.at - b.at);
    for (const sighting of found) {
      const at = start + sighting.at;
      while (i < count && frameEnd[i]! <= at) i++;
      const isInside = i < count && at >= frameStart[i]! && at + sighting.len <= frameEnd[i]!;
      if (isInside && this.sightings.length < MAX_SIGHTINGS) {
        const bytes = Buffer.from(buf.subarray(at, at + sighting.len));
        this.sightings.push({ ...sighting, packet: firstNumber + i, at: at - frameStart[i]!, bytes });
      } else if (sighting.kind === 'name' || sighting.kind === 'address in text') {
        // Numbers of file and record headers are written anew; text in them would be a leak.
        this.outside.push({ kind: sighting.kind, packet: 0, offset: sighting.at, len: sighting.len });
      }
    }
  }
}

/** Reads the original again: a sighting is a leak where the original has the same bytes in the same place. */
export class SightingJudge {
  readonly leaks: FoundLeak[] = [];
  coincidences = 0;
  packets = 0;
  bytes = 0;
  private next = 0;

  /** `verbatim` has, by packet, the bytes that stay without being understood. */
  constructor(
    private readonly sightings: readonly PlacedSighting[],
    private readonly verbatim: ReadonlyMap<number, VerbatimBytes>,
  ) {}

  run(batch: PacketBatch): void {
    const { sightings } = this;
    for (let i = 0; i < batch.count; i++) {
      this.packets++;
      const frame = batch.buf.subarray(batch.frameStart[i]!, batch.frameEnd[i]!);
      for (; this.next < sightings.length && sightings[this.next]!.packet === batch.firstNumber + i; this.next++) {
        this.judge(sightings[this.next]!, frame);
      }
    }
  }

  private judge({ kind, packet, at, len, bytes }: PlacedSighting, frame: Buffer): void {
    const before = frame.subarray(at, at + len);
    const isSame = before.length === len && sameText(before, bytes);
    // Four bytes are often the same by chance. Where fields are understood, those that stay are no addresses.
    const isNumber = kind === 'IPv4 address' && !this.touchesVerbatim(packet, at, len);
    // So does an address of one repeated byte, and a MAC address that is nearly all zeros.
    const isPattern =
      bytes.every((byte) => byte === bytes[0]) || (kind === 'MAC address' && zerosIn(bytes) >= MIN_PATTERN_ZEROS);
    if (isSame && !isNumber && !isPattern) this.leaks.push({ kind, packet, offset: at, len });
    else this.coincidences++;
  }

  /** Some of the bytes `[at, at + len)` of the frame stay without being understood. */
  private touchesVerbatim(packet: number, at: number, len: number): boolean {
    const kept = this.verbatim.get(packet);
    if (kept === undefined || at + len <= kept.start) return false;
    const { start, mask } = kept;
    return mask === null || mask.subarray(Math.max(0, at - start), at + len - start).includes(1);
  }
}

function zerosIn(bytes: Buffer): number {
  return bytes.reduce((zeros, byte) => (byte === 0 ? zeros + 1 : zeros), 0);
}

/** The same bytes, upper and lower case aside. */
function sameText(a: Buffer, b: Buffer): boolean {
  return a.equals(b) || a.toString('latin1').toLowerCase() === b.toString('latin1').toLowerCase();
}
