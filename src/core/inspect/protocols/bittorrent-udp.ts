import { u16, u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';

/**
 * BitTorrent over UDP: DHT messages (BEP 5), uTP connections (BEP 29) by their SYN or by the handshake that they carry,
 * tracker connections (BEP 15), local discovery (BEP 14).
 */
const DICTIONARY = 0x64;
const DICTIONARY_END = 0x65;
const UTP_SYN = 0x41;
const UTP_DATA = 0x01;
const UTP_HEADER_LEN = 20;
const TIME_DIFFERENCE = 8;
const ACK = 18;
const LAST_TYPE = 4;
const FIRST_PORT = 6881;
const LAST_PORT = 6889;
const TRACKER_MAGIC_HIGH = 0x417;
const TRACKER_MAGIC_LOW = 0x27101980;
const CONNECT_LEN = 16;
const HANDSHAKE = '\x13BitTorrent protocol';

export const bittorrentUdpInspector = datagramSignature(
  'bittorrent',
  [DICTIONARY, UTP_SYN, UTP_DATA, 0x11, 0x21, 0x31, 0x00, 0x42],
  [],
  inspectUdp,
);

function inspectUdp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < CONNECT_LEN) return NOT_MINE;
  const first = buf[start]!;
  const isFound =
    first === DICTIONARY
      ? isDht(buf, start, end)
      : first === 0x00
        ? u32(buf, start) === TRACKER_MAGIC_HIGH && u32(buf, start + 4) === TRACKER_MAGIC_LOW
        : first === 0x42
          ? begins(buf, start, end, 'BT-SEARCH * HTTP/1.1')
          : isUtp(buf, start, end, context);
  if (!isFound) return NOT_MINE;
  finding.app = 'BITTORRENT';
  return FOUND;
}

/** A bencoded dictionary with the keys a, e, ip or r first, all of it in the datagram. */
function isDht(buf: Buffer, start: number, end: number): boolean {
  if (buf[end - 1] !== DICTIONARY_END) return false;
  return (
    begins(buf, start, end, 'd1:ad2:id20:') ||
    begins(buf, start, end, 'd1:rd2:id20:') ||
    begins(buf, start, end, 'd1:ad4:') ||
    begins(buf, start, end, 'd1:eli') ||
    begins(buf, start, end, 'd2:ip')
  );
}

function isUtp(buf: Buffer, start: number, end: number, context: InspectContext): boolean {
  if (end - start < UTP_HEADER_LEN || buf[start + 1]! > 2 || (buf[start]! & 0x0f) !== 1) return false;
  if (buf[start] === UTP_SYN) {
    return end - start <= UTP_HEADER_LEN + 12 && u32(buf, start + TIME_DIFFERENCE) === 0 && u16(buf, start + ACK) === 0;
  }
  if (begins(buf, start + UTP_HEADER_LEN, end, HANDSHAKE)) return true;
  // On the ports of old the header alone will do.
  const isPort = isPeerPort(context.srcPort) || isPeerPort(context.dstPort);
  return isPort && buf[start]! >> 4 <= LAST_TYPE && buf[start + 1] === 0;
}

function isPeerPort(port: number): boolean {
  return port >= FIRST_PORT && port <= LAST_PORT;
}
