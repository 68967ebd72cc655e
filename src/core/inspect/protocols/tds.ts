import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** TDS of Microsoft SQL Server (MS-TDS §2.2.3.1): PRELOGIN on any port, the other packets on 1433. */
const PORT = 1433;
const TYPES = [0x01, 0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x0e, 0x10, 0x11, 0x12];
const PRELOGIN = 0x12;
const RESPONSE = 0x04;
const LOGIN_7 = 0x10;
const STATUS = 1;
const LENGTH = 2;
const WINDOW = 7;
const HEADER_LEN = 8;
/** First option of a PRELOGIN: VERSION, whose data is six bytes long. */
const VERSION_LEN = 6;

export const tdsInspector = streamSignature('tds', TYPES, inspectTds);

function inspectTds(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < HEADER_LEN + 1 || buf[start + STATUS]! > 0x1f || buf[start + WINDOW] !== 0) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  const type = buf[start]!;
  if (len <= HEADER_LEN || (len !== end - start && !(len > end - start && end - start > 1000))) return NOT_MINE;
  const at = start + HEADER_LEN;
  const isPrelogin = buf[at] === 0 && at + 5 <= end && u16(buf, at + 3) === VERSION_LEN && u16(buf, at + 1) < 128;
  const isCertain = isPrelogin && (type === PRELOGIN || type === RESPONSE);
  if (!isCertain && !isOn(context, PORT)) return NOT_MINE;
  if (type === PRELOGIN || type === LOGIN_7) finding.role = ROLE_CLIENT;
  return FOUND;
}
