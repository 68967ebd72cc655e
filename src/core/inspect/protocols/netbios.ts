import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** NetBIOS over UDP: name service (RFC 1002 §4.2, port 137) and datagrams (§4.4, port 138). */
const NAME_SERVICE_PORT = 137;
const DATAGRAM_PORT = 138;
const NAME_HEADER_LEN = 12;
/** A first-level encoded name: 16 bytes as 32 letters from A to P. */
const ENCODED_NAME_LEN = 0x20;
const DATAGRAM_HEADER_LEN = 10;
const FIRST_DATAGRAM_TYPE = 0x10;
const LAST_DATAGRAM_TYPE = 0x16;

export const netbiosNsInspector = portSignature('netbios-ns', 17, [NAME_SERVICE_PORT], inspectNameService);
export const netbiosDgmInspector = portSignature('netbios-dgm', 17, [DATAGRAM_PORT], inspectDatagram);

function inspectNameService(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < NAME_HEADER_LEN + 1) return NOT_MINE;
  // Every message begins with a name, as a question or as the owner of a record.
  const records = u16(buf, start + 4) + u16(buf, start + 6) + u16(buf, start + 8) + u16(buf, start + 10);
  const at = start + NAME_HEADER_LEN;
  if (records === 0 || records > 8 || buf[at] !== ENCODED_NAME_LEN) return NOT_MINE;
  const nameEnd = Math.min(end, at + 1 + ENCODED_NAME_LEN);
  for (let i = at + 1; i < nameEnd; i++) if (buf[i]! < 0x41 || buf[i]! > 0x50) return NOT_MINE;
  return FOUND;
}

function inspectDatagram(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < DATAGRAM_HEADER_LEN) return NOT_MINE;
  const type = buf[start]!;
  // The upper half of the flags is reserved.
  return type >= FIRST_DATAGRAM_TYPE && type <= LAST_DATAGRAM_TYPE && buf[start + 1]! < 0x10 ? FOUND : NOT_MINE;
}
