import type { InitialKeySchedule, InitialKeys } from './initial-keys.js';

/** The cryptography of a client's Initials (RFC 9001 §5). */
export interface InitialCipher {
  /** The client's keys from the destination connection id `buf[idStart, idEnd)`, at most 20 bytes, into `keys`. */
  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void;
  /** AES-128 of the 16 bytes at `buf[sampleStart]`, which the caller has checked to be there, into `mask`. */
  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void;
  /**
   * AES-128 in counter mode over `buf[start, end)`, 1 to MAX_PROTECTED_LEN bytes. `counterBlock` is GCM's: 12 bytes of
   * nonce, and 2 in the four behind. What it returns is valid until the next call.
   */
  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer;
}

/** More than a UDP datagram holds. */
export const MAX_PROTECTED_LEN = 65_536;
