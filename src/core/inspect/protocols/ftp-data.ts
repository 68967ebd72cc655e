import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars, isDigit, lineEnd } from './ascii.js';
import { portSignature, streamSignature } from './signature.js';

/**
 * FTP data connections (RFC 959 §3.2): all of them from port 20, directory listings in the style of `ls -l` anywhere.
 */
const PORT = 20;
const LAST_SYSTEM_PORT = 1023;
const FILE_TYPES = chars('-dlbcps');
/** A listing may begin with the number of blocks, `total 24`. */
const TOTAL = 'total ';
const MODE_LEN = 10;

export const ftpListingInspector = streamSignature('ftp-data', [...FILE_TYPES, TOTAL.charCodeAt(0)], inspectListing);
export const ftpDataInspector = portSignature('ftp-data', 6, [PORT], inspectData);

function inspectListing(buf: Buffer, start: number, end: number): InspectStatus {
  if (!begins(buf, start, end, TOTAL)) return isEntry(buf, start, end) ? FOUND : NOT_MINE;
  const lineFeed = lineEnd(buf, start, end, 24);
  return lineFeed > 0 && isDigit(buf[start + TOTAL.length]!) && isEntry(buf, lineFeed + 1, end) ? FOUND : NOT_MINE;
}

/** `-rw-r--r--   1 owner ...` */
function isEntry(buf: Buffer, start: number, end: number): boolean {
  if (end - start < 40 || !FILE_TYPES.includes(buf[start]!)) return false;
  for (let i = 1; i < MODE_LEN; i++) if (!isModeBit(buf[start + i]!, i)) return false;
  // Behind the mode: blanks and the number of links.
  let at = start + MODE_LEN;
  if (buf[at] !== 0x20) return false;
  while (at < end && buf[at] === 0x20) at++;
  return at < end && isDigit(buf[at]!);
}

function inspectData(_buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  const isServer = context.srcPort === PORT && context.dstPort > LAST_SYSTEM_PORT;
  const isClient = context.dstPort === PORT && context.srcPort > LAST_SYSTEM_PORT;
  return end > start && (isServer || isClient) ? FOUND : NOT_MINE;
}

/** `rwxrwxrwx` or `-`; the third of each may also be `s`, `S`, `t` or `T`. */
function isModeBit(byte: number, i: number): boolean {
  if (byte === 0x2d) return true;
  if (i % 3 === 1) return byte === 0x72;
  if (i % 3 === 2) return byte === 0x77;
  return byte === 0x78 || byte === 0x73 || byte === 0x53 || byte === 0x74 || byte === 0x54;
}
