import { type BigIntStats, closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';

/** Files that are read twice, in the same order of packets. */
export class SteadyInputs {
  private readonly inputs: readonly SteadyInput[];
  private current: SteadyInput;
  /** The packets of all inputs. */
  private readonly first = new PacketTrail();
  private readonly second = new PacketTrail();

  /** `names` are the files' names in messages. A path that can't be opened gives its error when it is read. */
  constructor(paths: readonly string[], names: readonly string[]) {
    this.inputs = paths.map((path, i) => new SteadyInput(path, names[i]!));
    this.current = this.inputs[0]!;
  }

  /** Batches of the input at `index` come next. */
  turnTo(index: number): void {
    this.current = this.inputs[index]!;
  }

  /** Notes a batch of the first pass. */
  noteFirst(batch: PacketBatch): void {
    this.first.add(batch);
    this.current.first.add(batch);
  }

  /** Notes a batch of the second pass, and cuts off what was appended since the first; false where that is all. */
  noteSecond(batch: PacketBatch): boolean {
    if (!this.current.cutAppended(batch)) return false;
    this.second.add(batch);
    this.current.second.add(batch);
    return true;
  }

  /**
   * Throws DpiError if a path names another file now, or if its file was overwritten: its times changed without a
   * longer content. Call before the second pass, and after it.
   */
  assertSame(): void {
    for (const input of this.inputs) input.assertSame();
  }

  /** Throws DpiError if the passes read different packets. */
  assertSamePackets(): void {
    for (const input of this.inputs) input.assertSamePackets();
    // What was appended to one may change the order in which all are read.
    if (this.second.sum !== this.first.sum) throw this.inputs[0]!.changed('grew beside others');
  }

  close(): void {
    for (const input of this.inputs) input.close();
  }
}

/** A file that must be the same in both passes; packets may be appended to it meanwhile. */
class SteadyInput {
  /** Keeps the inode in use, so that no other file can get its number. -1 if the file can't be opened. */
  private readonly fd: number;
  private readonly before: BigIntStats | null;
  /** The packets that each pass read. */
  readonly first = new PacketTrail();
  readonly second = new PacketTrail();
  private isFull = false;

  constructor(
    private readonly path: string,
    private readonly name: string,
  ) {
    this.fd = openOrNone(path);
    this.before = this.fd < 0 ? null : fstatSync(this.fd, { bigint: true });
  }

  /** Takes packets that the first pass did not read from a batch of the second; false for a batch behind them. */
  cutAppended(batch: PacketBatch): boolean {
    if (this.isFull) return false;
    const left = this.first.packets - this.second.packets;
    if (batch.count > left) {
      this.isFull = true;
      batch.end = batch.rawStart[left]!;
      batch.count = left;
      batch.openAt = -1;
    }
    return true;
  }

  assertSame(): void {
    const { before } = this;
    const now = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (before === null) return;
    if (now === undefined || now.dev !== before.dev || now.ino !== before.ino) throw this.changed('was replaced');
    if (now.size < before.size) throw this.changed('shrank');
    if (now.size === before.size && now.mtimeNs !== before.mtimeNs) throw this.changed('was overwritten');
  }

  assertSamePackets(): void {
    const { first, second } = this;
    if (second.packets < first.packets) throw this.changed('lost packets');
    if (second.sum !== first.sum) throw this.changed('was overwritten');
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
  }

  changed(how: string): DpiError {
    return new DpiError('input-changed', `${this.name} changed between two passes: it ${how}; filter a copy of it`);
  }
}

/** A checksum over times and lengths of packets, which tells an appended capture from an overwritten one. */
class PacketTrail {
  packets = 0;
  sum = 0;

  add(batch: PacketBatch): void {
    const { tsMicros, wireLen, count } = batch;
    let { sum } = this;
    for (let i = 0; i < count; i++) sum = (Math.imul(sum ^ tsMicros[i]!, 0x01000193) + wireLen[i]!) | 0;
    this.sum = sum;
    this.packets += count;
  }
}

function openOrNone(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    return -1;
  }
}
