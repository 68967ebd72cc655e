import { u16le, u32le } from '../../common/bytes.js';
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
