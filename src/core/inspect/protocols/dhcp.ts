import { u16, u32 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { datagramSignature, isOn } from './signature.js';

/** DHCP (RFC 2131) and BOOTP (RFC 951): operation, hardware type and length, the magic cookie or the ports. */
const BOOTREQUEST = 1;
const BOOTREPLY = 2;
const HARDWARE_TYPE = 1;
const HARDWARE_LENGTH = 2;
const ETHERNET = 1;
const ETHERNET_LENGTH = 6;
const HOPS = 3;
const MAX_HOPS = 16;
const FLAGS = 10;
const BROADCAST = 0x8000;
/** The fields before the client's hardware address. */
const FIXED_LEN = 28;
const COOKIE = 236;
const MAGIC_COOKIE = 0x63825363;
const SERVER_PORT = 67;
const CLIENT_PORT = 68;

export const dhcpInspector = datagramSignature(
  'dhcp',
  [BOOTREQUEST, BOOTREPLY],
  [SERVER_PORT, CLIENT_PORT],
  inspectDhcp,
);

function inspectDhcp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const operation = buf[start]!;
  if (end - start < FIXED_LEN || (operation !== BOOTREQUEST && operation !== BOOTREPLY)) return NOT_MINE;
  if (buf[start + HARDWARE_LENGTH]! > 16) return NOT_MINE;
  if (end - start < COOKIE && !(isOn(context, SERVER_PORT) && isCutMessage(buf, start))) return NOT_MINE;
  const hasCookie = end - start >= COOKIE + 4 && u32(buf, start + COOKIE) === MAGIC_COOKIE;
  if (!hasCookie && !isOn(context, SERVER_PORT)) return NOT_MINE;
  finding.role = operation === BOOTREQUEST ? ROLE_CLIENT : ROLE_SERVER;
  return FOUND;
}

/** Lenient: messages are longer, but snapshot lengths of 68 and 96 bytes cut them behind what is looked at here. */
function isCutMessage(buf: Buffer, start: number): boolean {
  const isEthernet = buf[start + HARDWARE_TYPE] === ETHERNET && buf[start + HARDWARE_LENGTH] === ETHERNET_LENGTH;
  return isEthernet && buf[start + HOPS]! <= MAX_HOPS && (u16(buf, start + FLAGS) & ~BROADCAST) === 0;
}
