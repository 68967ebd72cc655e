import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, portSignature, streamSignature } from './signature.js';

/** DLMS/COSEM over the IP wrapper (IEC 62056-47): version 1, source and destination port, length. */
const PORT = 4059;
const LENGTH = 6;
const HEADER_LEN = 8;
const HDLC_FLAG = 0x7e;
const HDLC_TYPE_3 = 0xa0;

export const dlmsInspector = portSignature('dlms', 6, [PORT], inspectDlms);
export const dlmsUdpInspector = portSignature('dlms', 17, [PORT], inspectDlms);
/** The same behind HDLC framing (IEC 62056-46), as serial gateways pass it on. */
export const dlmsHdlcInspector = streamSignature('dlms', [HDLC_FLAG], inspectHdlc);
export const dlmsHdlcUdpInspector = datagramSignature('dlms', [HDLC_FLAG], [], inspectHdlc);

function inspectDlms(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start) !== 1) return NOT_MINE;
  return u16(buf, start + LENGTH) === end - start - HEADER_LEN ? FOUND : NOT_MINE;
}

function inspectHdlc(buf: Buffer, start: number, end: number): InspectStatus {
  const left = end - start;
  if (left < 9 || buf[start] !== HDLC_FLAG || buf[end - 1] !== HDLC_FLAG || (buf[start + 1]! & 0xf0) !== HDLC_TYPE_3) {
    return NOT_MINE;
  }
  // Eleven bits of length, without the flags.
  return (u16(buf, start + 1) & 0x07ff) === left - 2 ? FOUND : NOT_MINE;
}
