import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** Oracle's TNS: the CONNECT packet, and packets of the right length on port 1521. */
const PORT = 1521;
const CONNECT = 1;
const LAST_TYPE = 19;
const TYPE = 4;
const VERSION = 8;
const CONNECT_LEN = 34;
const HEADER_LEN = 8;
/** Versions 300 (Oracle 8) to 330. */
const FIRST_VERSION = 300;
const LAST_VERSION = 330;

export const oracleTnsInspector = streamSignature('oracle-tns', [0, 1, 2, 3, 4, 5, 6, 7, 8], inspectTns);

function inspectTns(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start + 2) !== 0 || buf[start + 6] !== 0 || buf[start + 7] !== 0)
    return NOT_MINE;
  const type = buf[start + TYPE]!;
  const len = u16(buf, start);
  if (type === CONNECT && len >= CONNECT_LEN && end - start >= CONNECT_LEN) {
    const version = u16(buf, start + VERSION);
    if (version < FIRST_VERSION || version > LAST_VERSION) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  return isOn(context, PORT) && len === end - start && type > 0 && type <= LAST_TYPE ? FOUND : NOT_MINE;
}
