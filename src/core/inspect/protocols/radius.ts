import { u16 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { datagramSignature } from './signature.js';

/** RADIUS (RFC 2865 §3, RFC 5176): code, length, and attributes that fill it. */
const PORTS = [1812, 1813, 1645, 1646, 3799];
const LENGTH = 2;
const HEADER_LEN = 20;
const CODES = [1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45];
/** Off its ports a packet must hold as many attributes. */
const MIN_ATTRIBUTES = 4;

export const radiusInspector = datagramSignature(
  'radius',
  [1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45],
  PORTS,
  inspectRadius,
);

function inspectRadius(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  if (left < HEADER_LEN || !CODES.includes(buf[start]!)) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  if (len < HEADER_LEN || len > left) return NOT_MINE;
  const isPort = PORTS.includes(context.dstPort) || PORTS.includes(context.srcPort);
  if (!isPort && len !== left) return NOT_MINE;
  let attributes = 0;
  let at = start + HEADER_LEN;
  while (at + 2 <= start + len && buf[at + 1]! >= 2) {
    at += buf[at + 1]!;
    attributes++;
  }
  if (isPort ? at > start + len + 253 : at !== start + len || attributes < MIN_ATTRIBUTES) return NOT_MINE;
  const code = buf[start]!;
  if (code === 1 || code === 4) finding.role = ROLE_CLIENT;
  else if (code === 2 || code === 3 || code === 5 || code === 11) finding.role = ROLE_SERVER;
  return FOUND;
}
