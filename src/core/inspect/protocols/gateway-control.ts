import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins, beginsFolded, chars, holds, isDigit } from './ascii.js';
import { datagramSignature, portSignature } from './signature.js';

/** Control of media gateways: MGCP (RFC 3435) and Megaco (RFC 3525) in text, IAX2 (RFC 5456) in full frames. */
const MGCP_VERBS = ['AUEP ', 'AUCX ', 'CRCX ', 'DLCX ', 'EPCF ', 'MDCX ', 'NTFY ', 'RQNT ', 'RSIP '];
const MGCP_PORTS = [2427, 2727];
const MAX_LINE_LEN = 200;
const IAX_PORT = 4569;
const IAX_FULL_LEN = 12;
const IAX_TYPE = 10;

export const mgcpInspector = datagramSignature('mgcp', chars('ACDEMNR'), MGCP_PORTS, inspectMgcp);
export const megacoInspector = datagramSignature('megaco', chars('M!'), [2944], inspectMegaco);
export const iax2Inspector = portSignature('iax2', 17, [IAX_PORT], inspectIax2);

function inspectMgcp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (isDigit(buf[start]!)) {
    const isPort = MGCP_PORTS.includes(context.srcPort);
    return isPort && end - start >= 6 && isDigit(buf[start + 2]!) && buf[start + 3] === 0x20 ? FOUND : NOT_MINE;
  }
  for (let i = 0; i < MGCP_VERBS.length; i++) {
    if (!beginsFolded(buf, start, end, MGCP_VERBS[i]!)) continue;
    finding.role = ROLE_CLIENT;
    return holds(buf, start, end, 'MGCP ', MAX_LINE_LEN) ? FOUND : NOT_MINE;
  }
  return NOT_MINE;
}

function inspectMegaco(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'MEGACO/') || begins(buf, start, end, '!/1 ') ? FOUND : NOT_MINE;
}

function inspectIax2(buf: Buffer, start: number, end: number): InspectStatus {
  const isFull = end - start >= IAX_FULL_LEN && (buf[start]! & 0x80) !== 0 && buf[start + IAX_TYPE]! >= 1;
  return isFull && buf[start + IAX_TYPE]! <= 12 ? FOUND : NOT_MINE;
}
