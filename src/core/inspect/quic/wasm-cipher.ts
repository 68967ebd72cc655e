import { copyBytes } from '../../common/bytes.js';
import type { InitialCipher } from './initial-cipher.js';
import { INITIAL_CIPHER_WASM } from './initial-cipher.wasm.js';
import { type InitialKeySchedule, type InitialKeys, IV_LEN, KEY_LEN, type ScheduleInputs } from './initial-keys.js';
import { BLOCK_BITS, BLOCK_WORDS, expandBlock, hmacKey, lastBlock, STATE_WORDS } from './sha256.js';

/** Places in KEYS. */
const IV = 16;
const HEADER_PROTECTION = 32;
const EXPANDED_WORDS = 64;
const SCHEDULE_WORDS = 2 * STATE_WORDS + 4 * EXPANDED_WORDS;
const BLOCK_LEN = 16;

/** An exported address. */
interface Place {
  readonly value: number;
}

/** The exports of wasm/initial-cipher.ts, which describes the regions. */
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
  /** SCHEDULE of each version seen. */
  private readonly schedules = new Map<InitialKeySchedule, Int32Array>();
  /** The one that the kernel holds. */
  private loaded: InitialKeySchedule | null = null;

  /** Null where there is no WebAssembly with vectors, or no address space for it (`ulimit -v`). */
  static create(): WasmCipher | null {
    try {
      const module = new WebAssembly.Module(Buffer.from(INITIAL_CIPHER_WASM, 'base64'));
      return new WasmCipher(new WebAssembly.Instance(module).exports as unknown as Kernel);
    } catch {
      return null;
    }
  }

  private constructor(private readonly kernel: Kernel) {
    const { buffer } = kernel.memory;
    this.schedule = new Int32Array(buffer, kernel.SCHEDULE.value, SCHEDULE_WORDS);
    this.connectionId = new Int32Array(buffer, kernel.CONNECTION_ID.value, BLOCK_WORDS);
    this.keys = Buffer.from(buffer, kernel.KEYS.value, HEADER_PROTECTION + KEY_LEN);
    this.key = Buffer.from(buffer, kernel.KEY.value, KEY_LEN);
    this.block = Buffer.from(buffer, kernel.BLOCK.value, BLOCK_LEN);
    this.data = Buffer.from(buffer, kernel.DATA.value, kernel.MAX_DATA_LEN.value);
  }

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    if (this.loaded !== schedule) this.load(schedule);
    lastBlock(buf, idStart, idEnd, BLOCK_BITS, this.connectionId);
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
    let words = this.schedules.get(schedule);
    if (words === undefined) {
      words = scheduleWords(schedule.inputs);
      this.schedules.set(schedule, words);
    }
    this.schedule.set(words);
    this.loaded = schedule;
  }
}

/** The states behind the padded salt, then each label's message as an expanded block. */
function scheduleWords({ salt, clientIn, key, iv, hp }: ScheduleInputs): Int32Array {
  const words = new Int32Array(SCHEDULE_WORDS);
  const block = new Int32Array(BLOCK_WORDS);
  const saltWords = new Int32Array(STATE_WORDS);
  for (let at = 0; at < salt.length; at += 4) saltWords[at >> 2] = salt.readInt32BE(at);
  hmacKey(saltWords, words.subarray(0, STATE_WORDS), words.subarray(STATE_WORDS, 2 * STATE_WORDS));
  for (const [i, message] of [clientIn, key, iv, hp].entries()) {
    const at = 2 * STATE_WORDS + i * EXPANDED_WORDS;
    lastBlock(message, 0, message.length, BLOCK_BITS, block);
    expandBlock(block, words.subarray(at, at + EXPANDED_WORDS));
  }
  return words;
}
