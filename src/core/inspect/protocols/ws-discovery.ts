import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { holds } from './ascii.js';
import { portSignature } from './signature.js';

/** WS-Discovery (OASIS, 1.1) on its port: a SOAP envelope. */
const PORT = 3702;
const MAX_PROLOG_LEN = 200;

export const wsDiscoveryInspector = portSignature('ws-discovery', 17, [PORT], inspectWsDiscovery);

function inspectWsDiscovery(buf: Buffer, start: number, end: number): InspectStatus {
  return buf[start] === 0x3c && holds(buf, start, end, 'nvelope', MAX_PROLOG_LEN) ? FOUND : NOT_MINE;
}
