import { u16 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';

/**
 * The PROXY protocol, versions 1 and 2 (haproxy's doc/proxy-protocol.txt): a header that a proxy puts before the
 * client's bytes, to tell the server who the client is. What follows it, often in the same segment, is the connection
 * proper.
 */
const V1 = Buffer.from('PROXY ', 'latin1');
const V1_MAX_LEN = 107;
const V1_FAMILIES = ['TCP4 ', 'TCP6 ', 'UNKNOWN'].map((word) => Buffer.from(word, 'latin1'));

const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_COMMAND = 12;
const V2_LENGTH = 14;
const V2_HEADER_LEN = 16;
/** Addresses of two sockets (216 bytes for Unix ones) and TLVs: certificates make the longest. */
const V2_MAX_LEN = 4096;

const CR = 0x0d;
const LF = 0x0a;

export const proxyProtocolInspector: Inspector = {
  name: 'proxy-protocol',
  ipProto: 6,
  firstBytes: [V1[0]!, V2[0]!],
  ports: [],
  maxBufferedLen: V2_MAX_LEN,
  continues: false,
  inspect,
};

function inspect(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (isPrefix(buf, start, end, V1)) return inspectLine(buf, start, end, context, finding);
  return isPrefix(buf, start, end, V2) ? inspectBinary(buf, start, end, context, finding) : NOT_MINE;
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 50000 443`, CR and LF. */
function inspectLine(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const last = Math.min(end, start + V1_MAX_LEN);
  for (let at = start + V1.length; at < last; at++) {
    const byte = buf[at]!;
    if (byte === LF && buf[at - 1] === CR) return isKnownFamily(buf, start, at) ? found(at + 1, finding) : NOT_MINE;
    if (byte !== CR && (byte < 0x20 || byte > 0x7e)) return NOT_MINE;
  }
  return last === end ? more(end - start + 1, context, finding) : NOT_MINE;
}

function isKnownFamily(buf: Buffer, start: number, end: number): boolean {
  return V1_FAMILIES.some((family) => end - start > V1.length && isPrefix(buf, start + V1.length, end, family));
}

function inspectBinary(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < V2_HEADER_LEN) return more(V2_HEADER_LEN, context, finding);
  // Version 2 in the upper half; LOCAL or PROXY in the lower.
  const command = buf[start + V2_COMMAND]!;
  if (command !== 0x20 && command !== 0x21) return NOT_MINE;
  const len = V2_HEADER_LEN + u16(buf, start + V2_LENGTH);
  return len <= V2_MAX_LEN ? found(start + len, finding) : NOT_MINE;
}

function isPrefix(buf: Buffer, start: number, end: number, text: Buffer): boolean {
  const len = Math.min(text.length, end - start);
  for (let i = 0; i < len; i++) if (buf[start + i] !== text[i]) return false;
  return len > 0;
}

function found(headerEnd: number, finding: Finding): InspectStatus {
  finding.role = ROLE_CLIENT;
  finding.consumedEnd = headerEnd;
  return FOUND;
}

function more(neededLen: number, context: InspectContext, finding: Finding): InspectStatus {
  if (context.final) return NOT_MINE;
  finding.neededLen = neededLen;
  return NEED_MORE;
}
