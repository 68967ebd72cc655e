import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, isOn } from './signature.js';

/**
 * ISAKMP: IKEv1 (RFC 2408 §3.1) and IKEv2 (RFC 7296 §3.1), bare or behind the marker of port 4500; ESP in UDP there.
 */
const PORTS = [500, 4500];
const NAT_PORT = 4500;
const MARKER_LEN = 4;
const VERSION = 17;
const EXCHANGE = 18;
const LENGTH = 24;
const HEADER_LEN = 28;
const IKE_V1 = 0x10;
const IKE_V2 = 0x20;
const KEEP_ALIVE = 0xff;
const MIN_SPI = 256;

/** The version in the second byte of this word: 0x10, 0x11, 0x20 and 0x21 have none of the masked bits. */
const MARK = { at: VERSION - 1, mask: 0x00ce_0000, value: 0, minLen: HEADER_LEN };

export const isakmpInspector = datagramSignature('isakmp', null, PORTS, inspectIsakmp, MARK);

function inspectIsakmp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (isHeader(buf, start, end)) return FOUND;
  if (!isOn(context, NAT_PORT)) return NOT_MINE;
  if (end - start > HEADER_LEN && u32(buf, start) === 0)
    return isHeader(buf, start + MARKER_LEN, end) ? FOUND : NOT_MINE;
  // RFC 3948: a keep-alive of one byte, else the SPI of an ESP packet.
  const isEsp = end - start === 1 ? buf[start] === KEEP_ALIVE : end - start >= 36 && u32(buf, start) >= MIN_SPI;
  if (!isEsp) return NOT_MINE;
  finding.protocol = 'esp';
  return FOUND;
}

function isHeader(buf: Buffer, start: number, end: number): boolean {
  if (end - start < HEADER_LEN) return false;
  const version = buf[start + VERSION]!;
  if ((version & 0xf0) !== IKE_V1 && (version & 0xf0) !== IKE_V2) return false;
  if ((version & 0x0f) > 1 || u32(buf, start + LENGTH) !== end - start || u32(buf, start) === 0) return false;
  const exchange = buf[start + EXCHANGE]!;
  return version >= IKE_V2
    ? exchange >= 34 && exchange <= 44
    : exchange <= 6 || (exchange >= 32 && exchange <= 35) || exchange === 243;
}
