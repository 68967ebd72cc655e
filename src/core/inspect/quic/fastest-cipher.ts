import type { InitialCipher } from './initial-cipher.js';
import type { InitialKeySchedule, InitialKeys } from './initial-keys.js';
import { ReferenceCipher } from './reference-cipher.js';
import { WasmCipher } from './wasm-cipher.js';

/** The fastest cipher that this process can run, made on first use: most captures of a few packets show no QUIC. */
export class FastestCipher implements InitialCipher {
  private cipher: InitialCipher | null = null;

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    this.chosen().deriveKeys(schedule, buf, idStart, idEnd, keys);
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    this.chosen().headerMask(key, buf, sampleStart, mask);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    return this.chosen().decrypt(key, counterBlock, buf, start, end);
  }

  /** The one that does the work. */
  chosen(): InitialCipher {
    this.cipher ??= WasmCipher.create() ?? new ReferenceCipher();
    return this.cipher;
  }
}
