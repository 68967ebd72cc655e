import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** NAT-PMP (RFC 6886) and PCP (RFC 6887) on their ports: version, operation, length. */
const SERVER_PORT = 5351;
const CLIENT_PORT = 5350;
const NAT_PMP = 0;
const PCP = 2;
const PCP_LEN = 24;
const RESPONSE = 0x80;

export const portMappingInspector = portSignature('nat-pmp', 17, [SERVER_PORT, CLIENT_PORT], inspectPortMapping);

function inspectPortMapping(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  const operation = buf[start + 1]! & ~RESPONSE;
  if (left < 2 || operation > 3) return NOT_MINE;
  finding.role = (buf[start + 1]! & RESPONSE) !== 0 ? ROLE_SERVER : ROLE_CLIENT;
  if (buf[start] === PCP) {
    finding.protocol = 'pcp';
    return left >= PCP_LEN && left % 4 === 0 ? FOUND : NOT_MINE;
  }
  return buf[start] === NAT_PMP && (left === 2 || left === 8 || left === 12 || left === 16) ? FOUND : NOT_MINE;
}
