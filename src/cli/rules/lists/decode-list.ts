import { DpiError } from '../../../core/common/error.js';

/** A list as text: UTF-8, or UTF-16 with a byte order mark (RFC 2781 §3.2). The mark is left out. */
export function decodeList(bytes: Buffer): string {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe) return bytes.toString('utf16le', 2);
  // A copy: swap16 works in place, and takes whole units only.
  if (mark === 0xfeff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Throws a DpiError for text that no list holds: read in the wrong encoding, it would give no rules. */
export function refuseBinary(text: string, name: string): void {
  if (!text.includes('\0')) return;
  const message = `${name} is not UTF-8 text, nor UTF-16 with a byte order mark: save it as UTF-8`;
  throw new DpiError('unreadable-list', message);
}
