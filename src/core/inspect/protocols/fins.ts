import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { portSignature, streamSignature } from './signature.js';

/** Omron FINS: over TCP behind `FINS`, over UDP on port 9600. */
const PORT = 9600;
const REQUEST = 0x80;
const RESPONSE = 0xc0;
const HEADER_LEN = 12;

export const finsTcpInspector = streamSignature('fins', [0x46], inspectTcp);
export const finsInspector = portSignature('fins', 17, [PORT], inspectUdp);

function inspectTcp(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 16 && begins(buf, start, end, 'FINS\0\0') ? FOUND : NOT_MINE;
}

/** Command or response, reserved byte 0, gateway count up to 7. */
function inspectUdp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1] !== 0 || buf[start + 2]! > 7) return NOT_MINE;
  const icf = buf[start]! & 0xfe;
  return icf === REQUEST || icf === RESPONSE || buf[start] === 0x81 ? FOUND : NOT_MINE;
}
