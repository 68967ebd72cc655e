import { type BigIntStats, closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';

/** A file that is read twice, and must be the same file both times; packets may be appended to it meanwhile. */
export class SteadyInput {
  /** Keeps the inode in use, so that no other file can get its number. -1 if the file can't be opened. */
  private readonly fd: number;
  private readonly before: BigIntStats | null;
  /** The packets that each pass read. */
  readonly first = new PacketTrail();
  readonly second = new PacketTrail();

  /** `name` is the file's name in messages. A path that can't be opened gives its error when it is read. */
  constructor(
    private readonly path: string,
    private readonly name: string,
  ) {
    this.fd = openOrNone(path);
    this.before = this.fd < 0 ? null : fstatSync(this.fd, { bigint: true });
  }

  /**
   * Throws DpiError if the path names another file now, or if this one was overwritten: its times changed without a
   * longer content. Call before the second pass, and after it.
   */
  assertSame(): void {
    const { before } = this;
    const now = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (before === null) return;
    if (now === undefined || now.dev !== before.dev || now.ino !== before.ino) throw this.changed('was replaced');
    if (now.size < before.size) throw this.changed('shrank');
    if (now.size === before.size && now.mtimeNs !== before.mtimeNs) throw this.changed('was overwritten');
  }

  /** Throws DpiError if the passes read different packets. */
  assertSamePackets(): void {
    const { first, second } = this;
    if (second.packets < first.packets) throw this.changed('lost packets');
    if (second.sum !== first.sum) throw this.changed('was overwritten');
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
  }

  private changed(how: string): DpiError {
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
