import { u16le, u32le } from '../../common/bytes.js';
import { googleFramesStart, googlePublicHeaderVersion, isGoogleQ046 } from '../../inspect/quic/google-hello.js';
import { GOOGLE_Q046 } from '../../inspect/quic/versions.js';
import type { Replacements } from '../replacements.js';

/** A message of Google's handshake: tag, count of entries, padding, entries of tag and end offset, values. */
const CHLO = 'CHLO';
const HEADER_LEN = 8;
const ENTRY_LEN = 8;
const MAX_ENTRIES = 128;
const SERVER_NAME = 'SNI\0';
/** Values that are numbers or names of algorithms. */
const KEPT = new Set(['VER\0', 'AEAD', 'KEXS', 'PDMD', 'ICSL', 'MIDS', 'SCLS', 'COPT', 'TCID']);
const MAX_SEARCH = 64;
/** Public header: where the version begins; the hash in front of the frames. */
const VERSION_AT = 9;
const HASH_LEN = 12;
/** Q046: connection ids lie behind flags, version and their lengths. */
const Q046_IDS = 6;

/** True for a client's payload in clear: Q046 with its long header, those before with a public header. */
export function beginsGoogleQuic(payload: Buffer): boolean {
  return clearVersion(payload) !== 0;
}

/**
 * Rewrites a datagram of a connection that begins so: flags, version, packet number and the hello stay. `out` holds
 * zeros.
 */
export function rewriteGooglePacket(input: Buffer, out: Buffer, maps: Replacements): void {
  input.copy(out, 0, 0, 1);
  const version = clearVersion(input);
  if (version === 0) return;
  const framesStart = googleFramesStart(input, 0, version);
  if (version === GOOGLE_Q046) {
    input.copy(out, 0, 0, Q046_IDS);
    const packetNumberEnd = framesStart - HASH_LEN;
    input.copy(out, packetNumberEnd - (input[0]! & 3) - 1, packetNumberEnd - (input[0]! & 3) - 1, packetNumberEnd);
  } else input.copy(out, VERSION_AT, VERSION_AT, framesStart - HASH_LEN);
  const hello = rewriteGoogleHello(input, out, framesStart, input.length, maps);
  if (hello >= 0) input.copy(out, framesStart, framesStart, hello);
}

function clearVersion(payload: Buffer): number {
  return isGoogleQ046(payload, 0, payload.length) ? GOOGLE_Q046 : googlePublicHeaderVersion(payload, 0, payload.length);
}

/**
 * Rewrites the CHLO that begins within the first bytes of `input[start, end)` to the same place of `out`. Returns where
 * it begins, -1 where there is none.
 */
export function rewriteGoogleHello(
  input: Buffer,
  out: Buffer,
  start: number,
  end: number,
  { names }: Replacements,
): number {
  const at = input.subarray(start, Math.min(end, start + MAX_SEARCH)).indexOf(CHLO, 0, 'latin1');
  if (at < 0 || end - start - at < HEADER_LEN) return -1;
  const hello = start + at;
  const count = u16le(input, hello + 4);
  const valuesStart = hello + HEADER_LEN + count * ENTRY_LEN;
  if (count > MAX_ENTRIES || valuesStart > end) return -1;
  input.copy(out, hello, hello, valuesStart);
  let valueStart = valuesStart;
  for (let i = 0; i < count; i++) {
    const entry = hello + HEADER_LEN + i * ENTRY_LEN;
    const tag = input.toString('latin1', entry, entry + 4);
    const valueEnd = Math.min(end, valuesStart + u32le(input, entry + 4));
    if (valueEnd < valueStart) break;
    if (tag === SERVER_NAME)
      out.write(names.host(input.toString('latin1', valueStart, valueEnd)), valueStart, 'latin1');
    else if (KEPT.has(tag)) input.copy(out, valueStart, valueStart, valueEnd);
    // Padding.
    else if (tag === 'PAD\0') out.fill('-', valueStart, valueEnd);
    valueStart = valueEnd;
  }
  return hello;
}
