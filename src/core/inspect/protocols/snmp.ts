import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { berLen, berValue } from './ber.js';
import { datagramSignature } from './signature.js';

/** SNMP messages (RFC 1157, RFC 3416, RFC 3412): a SEQUENCE that begins with the version. */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
/** Versions 1, 2c and 3 on the wire. */
const VERSION_1 = 0;
const VERSION_2C = 1;
const VERSION_3 = 3;
const FIRST_PDU = 0xa0;
const LAST_PDU = 0xa8;

export const snmpInspector = datagramSignature('snmp', [SEQUENCE], [161, 162], inspectSnmp);

function inspectSnmp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 12 || buf[start] !== SEQUENCE || berLen(buf, start, end) < 0) return NOT_MINE;
  const at = berValue(buf, start);
  if (at + 5 > end || buf[at] !== INTEGER || buf[at + 1] !== 1) return NOT_MINE;
  const version = buf[at + 2]!;
  if (version === VERSION_3) return buf[at + 3] === SEQUENCE ? FOUND : NOT_MINE;
  if ((version !== VERSION_1 && version !== VERSION_2C) || buf[at + 3] !== OCTET_STRING) return NOT_MINE;
  const pdu = berValue(buf, at + 3) + berLen(buf, at + 3, end);
  return pdu < end && buf[pdu]! >= FIRST_PDU && buf[pdu]! <= LAST_PDU ? FOUND : NOT_MINE;
}
