import { copyBytes } from '../../common/bytes.js';
import type { InitialCipher } from './initial-cipher.js';
import { INITIAL_CIPHER_WASM } from './initial-cipher.wasm.js';
import { type InitialKeySchedule, type InitialKeys, IV_LEN, KEY_LEN } from './initial-keys.js';
import { BLOCK_WORDS, lastBlock, STATE_WORDS } from './sha256.js';

/** Places in KEYS. */
const IV = 16;
const HEADER_PROTECTION = 32;
const EXPANDED_WORDS = 64;
const BLOCK_LEN = 16;

/** An exported number. */
interface Place {
  readonly value: number;
}

/** What wasm/initial-cipher.ts exports; the regions are described there. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly SCHEDULE: Place;
  readonly CONNECTION_ID: Place;
  readonly KEYS: Place;
  readonly KEY: Place;
  readonly BLOCK: Place;
  readonly DATA: Place;
  readonly MAX_DATA_LEN: Place;
  deriveKeys(): void;
  encryptBlock(): void;
  decrypt(len: number): void;
}

/** An InitialCipher in WebAssembly (docs/decisions/0011). */
export class WasmCipher implements InitialCipher {
  private readonly schedule: Int32Array;
  private readonly connectionId: Int32Array;
  private readonly keys: Buffer;
  private readonly key: Buffer;
  private readonly block: Buffer;
  private readonly data: Buffer;
  /** That whose parts the kernel has. */
  private loaded: InitialKeySchedule | null = null;

  /** Null where there is no WebAssembly with vectors, or no address space for it (`ulimit -v`). */
  static create(): WasmCipher | null {
    try {
      const module = new WebAssembly.Module(Buffer.from(INITIAL_CIPHER_WASM, 'base64'));
      return new WasmCipher(new WebAssembly.Instance(module).exports as Kernel);
    } catch {
      return null;
    }
  }

  private constructor(private readonly kernel: Kernel) {
    const { buffer } = kernel.memory;
    this.schedule = new Int32Array(buffer, kernel.SCHEDULE.value, 2 * STATE_WORDS + 4 * EXPANDED_WORDS);
    this.connectionId = new Int32Array(buffer, kernel.CONNECTION_ID.value, BLOCK_WORDS);
    this.keys = Buffer.from(buffer, kernel.KEYS.value, HEADER_PROTECTION + KEY_LEN);
    this.key = Buffer.from(buffer, kernel.KEY.value, KEY_LEN);
    this.block = Buffer.from(buffer, kernel.BLOCK.value, BLOCK_LEN);
    this.data = Buffer.from(buffer, kernel.DATA.value, kernel.MAX_DATA_LEN.value);
  }

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    if (this.loaded !== schedule) this.load(schedule);
    lastBlock(buf, idStart, idEnd, BLOCK_WORDS * 32, this.connectionId);
    this.kernel.deriveKeys();
    copyBytes(this.keys, 0, KEY_LEN, keys.key, 0);
    copyBytes(this.keys, IV, IV + IV_LEN, keys.iv, 0);
    copyBytes(this.keys, HEADER_PROTECTION, HEADER_PROTECTION + KEY_LEN, keys.headerProtection, 0);
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    copyBytes(key, 0, KEY_LEN, this.key, 0);
    copyBytes(buf, sampleStart, sampleStart + BLOCK_LEN, this.block, 0);
    this.kernel.encryptBlock();
    copyBytes(this.block, 0, BLOCK_LEN, mask, 0);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    copyBytes(key, 0, KEY_LEN, this.key, 0);
    copyBytes(counterBlock, 0, IV_LEN, this.block, 0);
    copyBytes(buf, start, end, this.data, 0);
    this.kernel.decrypt(end - start);
    return this.data.subarray(0, end - start);
  }

  private load(schedule: InitialKeySchedule): void {
    const { saltInner, saltOuter, clientIn, key, iv, hp } = schedule.parts;
    let at = 0;
    for (const words of [saltInner, saltOuter, clientIn, key, iv, hp]) {
      this.schedule.set(words, at);
      at += words.length;
    }
    this.loaded = schedule;
  }
}
