import { u16 } from '../common/bytes.js';

/** ECHConfig (RFC 9849 §4): version and length, then the contents. */
const ECH_VERSION = 0xfe0d;
const HEADER_LEN = 4;
/** Contents: config_id, kem_id, then the public key and the cipher suites behind their lengths, maximum_name_length. */
const PUBLIC_KEY_LEN = 3;

/** Configurations of one list that are read, and public names that are kept; the oldest give way. */
const MAX_CONFIGS = 8;
const MAX_NAMES = 1024;

/**
 * The `public_name`s of the ECH configurations that DNS answers in the capture publish: a ClientHello that carries one
 * beside an encrypted_client_hello extension hides another name.
 */
export class EchNames {
  private readonly names = new Set<string>();

  /** Takes the names of the ECHConfigList `buf[start, end)`; one that is cut off or broken gives those before. */
  learn(buf: Buffer, start: number, end: number): void {
    if (end - start < 2) return;
    const limit = Math.min(end, start + 2 + u16(buf, start));
    let at = start + 2;
    for (let i = 0; i < MAX_CONFIGS && limit - at >= HEADER_LEN; i++) {
      const contents = at + HEADER_LEN;
      const contentsEnd = contents + u16(buf, at + 2);
      if (contentsEnd > limit) return;
      if (u16(buf, at) === ECH_VERSION) this.learnConfig(buf, contents, contentsEnd);
      at = contentsEnd;
    }
  }

  /** Whether `buf[start, end)`, in any case and with or without the final dot, is one of them. */
  has(buf: Buffer, start: number, end: number): boolean {
    return this.names.size > 0 && this.names.has(textOf(buf, start, end));
  }

  private learnConfig(buf: Buffer, start: number, end: number): void {
    let at = start + PUBLIC_KEY_LEN;
    for (let i = 0; i < 2; i++) {
      if (end - at < 2) return;
      at += 2 + u16(buf, at);
    }
    const nameStart = at + 2;
    if (nameStart > end) return;
    const nameEnd = nameStart + buf[nameStart - 1]!;
    if (nameEnd > end || nameEnd === nameStart) return;
    const { names } = this;
    const name = textOf(buf, nameStart, nameEnd);
    if (names.size >= MAX_NAMES && !names.has(name))
      for (const oldest of names.keys()) {
        names.delete(oldest);
        break;
      }
    names.add(name);
  }
}

function textOf(buf: Buffer, start: number, end: number): string {
  const nameEnd = end > start && buf[end - 1] === 0x2e ? end - 1 : end;
  return buf.toString('latin1', start, nameEnd).toLowerCase();
}
