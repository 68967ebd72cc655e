import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { chars, isDigit } from './ascii.js';
import { isOn, portSignature, streamSignature } from './signature.js';

/** FTP data connections (RFC 959 §3.2): all of them from port 20, directory listings in the style of `ls -l` anywhere. */
const PORT = 20;
const FILE_TYPES = chars('-dlbcps');
const MODE_LEN = 10;

export const ftpListingInspector = streamSignature('ftp-data', FILE_TYPES, inspectListing);
export const ftpDataInspector = portSignature('ftp-data', 6, [PORT], inspectData);

function inspectListing(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 40 || !FILE_TYPES.includes(buf[start]!)) return NOT_MINE;
  for (let i = 1; i < MODE_LEN; i++) if (!isModeBit(buf[start + i]!, i)) return NOT_MINE;
  // Behind the mode: blanks and the number of links.
  let at = start + MODE_LEN;
  if (buf[at] !== 0x20) return NOT_MINE;
  while (at < end && buf[at] === 0x20) at++;
  return at < end && isDigit(buf[at]!) ? FOUND : NOT_MINE;
}

function inspectData(_buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  return isOn(context, PORT) && end > start ? FOUND : NOT_MINE;
}

/** `rwxrwxrwx` or `-`; the third of each may also be `s`, `S`, `t` or `T`. */
function isModeBit(byte: number, i: number): boolean {
  if (byte === 0x2d) return true;
  if (i % 3 === 1) return byte === 0x72;
  if (i % 3 === 2) return byte === 0x77;
  return byte === 0x78 || byte === 0x73 || byte === 0x53 || byte === 0x74 || byte === 0x54;
}
