import type { InitialCipher } from './initial-cipher.js';
import { ReferenceCipher } from './reference-cipher.js';
import { WasmCipher } from './wasm-cipher.js';

let cipher: InitialCipher | null = null;

/** The cipher of this thread, made when first asked for: most captures of a few packets show no QUIC. */
export function initialCipher(): InitialCipher {
  cipher ??= WasmCipher.create() ?? new ReferenceCipher();
  return cipher;
}
