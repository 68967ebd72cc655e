import { copyBytes } from '../../common/bytes.js';
import { type InitialCipher, MAX_PROTECTED_LEN } from './initial-cipher.js';
import { type InitialKeys, IV_LEN } from './initial-keys.js';
import type { LongHeader } from './long-header.js';

/**
 * Removes an Initial's header and packet protection (RFC 9001 §5.3, §5.4), without the authentication tag: of AES-GCM
 * only the counter mode underneath is run, half the cost, and the frames inside must prove that the key was right. So a
 * packet that the capture cut short can be read as well.
 */
const SAMPLE_OFFSET = 4;
const SAMPLE_LEN = 16;
const TAG_LEN = 16;
const LONG_TYPE_MASK = 0x0f;
const RESERVED_BITS = 0x0c;

/**
 * GCM's counter block (NIST SP 800-38D §7.1): the nonce, then 2 for the first block of the message. Reused by each
 * call, as `mask` is: calls don't nest, and nothing in them survives one.
 */
const counterBlock = Buffer.alloc(16);
counterBlock[15] = 2;

const mask = Buffer.alloc(SAMPLE_LEN);

/**
 * The plaintext of the Initial whose header is `header`, at most what lies before `end`; null when it is too short for
 * a header protection sample, or when its reserved bits show that `keys` are not its keys. Valid until the next call.
 */
export function unprotectInitial(
  buf: Buffer,
  header: LongHeader,
  end: number,
  keys: InitialKeys,
  cipher: InitialCipher,
): Buffer | null {
  const sampleStart = header.packetNumberStart + SAMPLE_OFFSET;
  if (sampleStart + SAMPLE_LEN > end || sampleStart + SAMPLE_LEN > header.packetEnd) return null;
  cipher.headerMask(keys.headerProtection, buf, sampleStart, mask);
  const flags = buf[header.start]! ^ (mask[0]! & LONG_TYPE_MASK);
  if ((flags & RESERVED_BITS) !== 0) return null;

  const packetNumberLen = (flags & 3) + 1;
  copyBytes(keys.iv, 0, IV_LEN, counterBlock, 0);
  for (let i = 0; i < packetNumberLen; i++) {
    const at = IV_LEN - packetNumberLen + i;
    counterBlock[at] = counterBlock[at]! ^ buf[header.packetNumberStart + i]! ^ mask[1 + i]!;
  }
  const payloadStart = header.packetNumberStart + packetNumberLen;
  const payloadEnd = Math.min(header.packetEnd - TAG_LEN, end);
  if (payloadEnd <= payloadStart || payloadEnd - payloadStart > MAX_PROTECTED_LEN) return null;
  return cipher.decrypt(keys.key, counterBlock, buf, payloadStart, payloadEnd);
}
