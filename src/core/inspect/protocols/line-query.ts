import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { holds, isDigit, isText } from './ascii.js';
import { isOn, portSignature } from './signature.js';

/**
 * The old services of one line, told by port and text together: whois (RFC 3912), finger (RFC 1288), gopher (RFC 1436),
 * ident (RFC 1413), daytime (RFC 867), quote of the day (RFC 865); and the time as 32 bits (RFC 868).
 */
const IDENT_PORT = 113;
const TIME_PORT = 37;
const TIME_LEN = 4;
/** The years 2000 to 2036 in seconds since 1900. */
const EARLIEST_TIME = 0xbc000000;

export const whoisInspector = portSignature('whois', 6, [43], inspectLine);
export const fingerInspector = portSignature('finger', 6, [79], inspectLine);
export const gopherInspector = portSignature('gopher', 6, [70], inspectLine);
export const daytimeInspector = portSignature('daytime', 6, [13], inspectLine);
export const qotdInspector = portSignature('qotd', 6, [17], inspectLine);
export const identInspector = portSignature('ident', 6, [IDENT_PORT], inspectIdent);
export const timeInspector = portSignature('time', 6, [TIME_PORT], inspectTime);

function inspectLine(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 2 && buf[end - 1] === 0x0a && isText(buf, start, end) ? FOUND : NOT_MINE;
}

/** `6193, 23` and `6193, 23 : USERID : UNIX : joe`. */
function inspectIdent(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 4 || !isDigit(buf[start]!) || !isText(buf, start, end)) return NOT_MINE;
  return holds(buf, start, end, ',', 8) ? FOUND : NOT_MINE;
}

function inspectTime(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  const isTime = end - start === TIME_LEN && isOn(context, TIME_PORT) && u32(buf, start) >= EARLIEST_TIME;
  return isTime ? FOUND : NOT_MINE;
}
