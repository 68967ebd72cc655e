import { u16, u32, u32le } from '../../common/bytes.js';
import type { Finding } from '../inspector.js';
import type { HelloAssembly } from '../tls/hello-assembly.js';
import { skipGoogleAck } from './initial-frames.js';
import type { InitialStream } from './quic-state.js';
import { GOOGLE_Q046, isGooglePublicHeaderVersion } from './versions.js';

/**
 * Google QUIC before it took TLS: the CHLO goes in clear (Q024 to Q046), or in Initials as those of the drafts (Q050).
 */

/** Public header of Q024 to Q043. */
const FLAGS = 0;
const VERSION = 9;
const PACKET_NUMBER = 13;
const FLAG_VERSION = 0x01;
const FLAG_CONNECTION_ID = 0x08;
/** Unprotected packets carry 12 bytes of FNV-1a hash. */
const HASH_LEN = 12;

/** STREAM frame: 1, FIN, data length present, three bits of offset length, two bits of stream id length. */
const FRAME_STREAM = 0x80;
const STREAM_HAS_LENGTH = 0x20;
const CRYPTO_STREAM = 1;
const ASCII_Q034 = 0x51303334;
const ASCII_Q039 = 0x51303339;

/** CHLO: tag, count of tags, padding; then tags with the end offset of their value behind the table. */
const CHLO = 0x43484c4f;
const SNI = 0x534e4900;
const CHLO_COUNT = 4;
const CHLO_TABLE = 8;
const CHLO_ENTRY_LEN = 8;
const MAX_CHLO_TAGS = 128;

/** The version of the client packet with a public header at `start`, 0 when it is none. */
export function googlePublicHeaderVersion(buf: Buffer, start: number, end: number): number {
  if (end - start < PACKET_NUMBER + 1 + HASH_LEN) return 0;
  const flags = buf[start + FLAGS]!;
  if ((flags & (FLAG_VERSION | FLAG_CONNECTION_ID)) !== (FLAG_VERSION | FLAG_CONNECTION_ID) || flags >= 0x40) return 0;
  const version = u32(buf, start + VERSION);
  return isGooglePublicHeaderVersion(version) ? version : 0;
}

/** True for Q046's long header: connection id lengths as two nibbles, 0 or 3 less than the length. */
export function isGoogleQ046(buf: Buffer, start: number, end: number): boolean {
  return end - start > 6 && buf[start]! >= 0xc0 && u32(buf, start + 1) === GOOGLE_Q046;
}

/** Where the frames of an unprotected packet of `version` begin; may lie beyond its end. */
export function googleFramesStart(buf: Buffer, start: number, version: number): number {
  if (version === GOOGLE_Q046) {
    const lengths = buf[start + 5]!;
    const destinationIdLen = lengths >> 4 === 0 ? 0 : (lengths >> 4) + 3;
    const sourceIdLen = (lengths & 0x0f) === 0 ? 0 : (lengths & 0x0f) + 3;
    return start + 6 + destinationIdLen + sourceIdLen + (buf[start]! & 3) + 1 + HASH_LEN;
  }
  const packetNumberBits = (buf[start + FLAGS]! >> 4) & 3;
  const packetNumberLen = packetNumberBits === 0 ? 1 : packetNumberBits * 2;
  const privateFlagsLen = version < ASCII_Q034 ? 1 : 0;
  return start + VERSION + 4 + packetNumberLen + HASH_LEN + privateFlagsLen;
}

/**
 * Collects the crypto stream's data of the frames in `buf[start, end)`; false when they don't look like frames. A CHLO
 * may begin in the middle of the stream: a client sends a second one when the server has rejected its first.
 */
export function readGoogleFrames(
  buf: Buffer,
  start: number,
  end: number,
  version: number,
  into: InitialStream,
): boolean {
  const { crypto } = into;
  const isBigEndian = version >= ASCII_Q039;
  let at = start;
  while (at < end) {
    const type = buf[at]!;
    if (type === 0 || type === 7) {
      at++;
    } else if (type === 0x40 || type === 0x60) {
      at = skipGoogleAck(buf, at, end);
      if (at < 0) return false;
    } else if ((type & FRAME_STREAM) !== 0) {
      const offsetBits = (type >> 2) & 7;
      const offsetLen = offsetBits === 0 ? 0 : offsetBits + 1;
      // Only the crypto stream with a one-byte id carries a CHLO.
      if ((type & 3) !== 0 || buf[at + 1] !== CRYPTO_STREAM) return !crypto.isEmpty;
      const hasLength = (type & STREAM_HAS_LENGTH) !== 0;
      const lenAt = at + 2 + offsetLen;
      const dataStart = hasLength ? lenAt + 2 : lenAt;
      if (dataStart > end) return false;
      const offset = number(buf, at + 2, offsetLen, isBigEndian);
      // Without a length the data runs to the end of the packet.
      const dataEnd = hasLength ? Math.min(dataStart + number(buf, lenAt, 2, isBigEndian), end) : end;
      if (offset !== into.chloStart && dataEnd - dataStart >= CHLO_TABLE && u32(buf, dataStart) === CHLO) {
        crypto.clear();
        into.chloStart = offset;
      }
      // What lies before the CHLO belongs to another.
      if (offset >= into.chloStart && !crypto.add(offset - into.chloStart, buf, dataStart, dataEnd)) return false;
      at = dataEnd;
    } else {
      // Another of Google's frames: nothing of the hello comes behind it.
      return !crypto.isEmpty;
    }
  }
  return true;
}

function number(buf: Buffer, at: number, len: number, isBigEndian: boolean): number {
  let value = 0;
  for (let i = 0; i < len; i++) value = value * 256 + buf[isBigEndian ? at + i : at + len - 1 - i]!;
  return value;
}

/** No CHLO. */
export const CHLO_NONE = 0;
/** A CHLO whose tags up to SNI are not all there yet. */
export const CHLO_CUT = 1;
/** Read: the name, where there is one, is in the finding. */
const CHLO_READ = 2;

/**
 * Reads the CHLO at the beginning of `crypto` and puts its server name into `finding`. With `final` no more will come:
 * the name counts though other parts are missing.
 */
export function readChlo(crypto: HelloAssembly, final: boolean, finding: Finding): 0 | 1 | 2 {
  const { buf } = crypto;
  const len = crypto.contiguousLen;
  if (len < CHLO_TABLE) return CHLO_CUT;
  if (u32(buf, 0) !== CHLO) return CHLO_NONE;
  const tagCount = buf[CHLO_COUNT]! | (buf[CHLO_COUNT + 1]! << 8);
  if (tagCount > MAX_CHLO_TAGS || u16(buf, CHLO_COUNT + 2) !== 0) return CHLO_NONE;
  const valuesStart = CHLO_TABLE + tagCount * CHLO_ENTRY_LEN;
  if (valuesStart > len) return CHLO_CUT;

  let valueStart = 0;
  for (let i = 0; i < tagCount; i++) {
    const entry = CHLO_TABLE + i * CHLO_ENTRY_LEN;
    const valueEnd = u32le(buf, entry + 4);
    if (valueEnd < valueStart) return CHLO_NONE;
    if (u32(buf, entry) === SNI && valueEnd > valueStart) {
      const nameStart = valuesStart + valueStart;
      const nameEnd = valuesStart + valueEnd;
      if (nameEnd > len && !(final && crypto.has(nameStart, nameEnd))) return CHLO_CUT;
      finding.nameBuf = buf;
      finding.nameStart = nameStart;
      finding.nameEnd = nameEnd;
      return CHLO_READ;
    }
    valueStart = valueEnd;
  }
  return CHLO_READ;
}
