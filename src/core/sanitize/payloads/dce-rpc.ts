import { u16le, u32 } from '../../common/bytes.js';

/** DCE/RPC over TCP (C706 §12.6.3): version 5, type, flags, little-endian data, length of fragment, call. */
const VERSION = 5;
const MAX_MINOR_VERSION = 1;
const LAST_TYPE = 20;
const LITTLE_ENDIAN = 0x1000_0000;
const FRAGMENT_LEN = 8;
const AUTH_LEN = 10;
const HEADER_LEN = 16;

/** True where a fragment begins at `at`. */
export function beginsDceRpc(buf: Buffer, at: number): boolean {
  return (
    buf.length - at >= HEADER_LEN &&
    buf[at] === VERSION &&
    buf[at + 1]! <= MAX_MINOR_VERSION &&
    buf[at + 2]! <= LAST_TYPE &&
    u32(buf, at + 4) === LITTLE_ENDIAN &&
    u16le(buf, at + FRAGMENT_LEN) >= HEADER_LEN
  );
}

/** Rewrites a stream to `out`, which holds zeros: headers of fragments stay, without the length of authentication. */
export function rewriteDceRpc(input: Buffer, out: Buffer): void {
  for (let at = 0; beginsDceRpc(input, at); at += u16le(input, at + FRAGMENT_LEN)) {
    input.copy(out, at, at, at + HEADER_LEN);
    out.fill(0, at + AUTH_LEN, at + AUTH_LEN + 2);
  }
}
