import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { chars, isDigit, isText } from './ascii.js';
import { datagramSignature, isOn, streamSignature } from './signature.js';

/** syslog (RFC 5424, RFC 3164) over UDP and TCP (RFC 6587, both framings): `<PRI>` with facility and severity. */
const PORT = 514;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
/** Facility 23, severity 7. */
const MAX_PRIORITY = 191;
const MIN_LEN = 8;
const TEXT_CHECKED = 32;

export const syslogInspector = datagramSignature('syslog', [LESS_THAN], [PORT], inspectSyslog);
export const syslogTcpInspector = streamSignature('syslog', [LESS_THAN, ...chars('123456789')], inspectSyslogTcp);

function inspectSyslog(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  const textStart = afterPriority(buf, start, end);
  if (textStart > 0) return isText(buf, textStart, Math.min(end, textStart + TEXT_CHECKED)) ? FOUND : NOT_MINE;
  // Lenient: some senders leave the priority out.
  return isOn(context, PORT) && end - start >= MIN_LEN && isText(buf, start, end) ? FOUND : NOT_MINE;
}

function inspectSyslogTcp(buf: Buffer, start: number, end: number): InspectStatus {
  let at = start;
  while (at < end && at - start < 5 && isDigit(buf[at]!)) at++;
  if (at > start) {
    if (buf[at] !== 0x20) return NOT_MINE;
    at++;
  }
  const textStart = afterPriority(buf, at, end);
  if (textStart < 0 || !isText(buf, textStart, Math.min(end, textStart + TEXT_CHECKED))) return NOT_MINE;
  return FOUND;
}

/** Offset behind `<PRI>`, -1 when there is none. */
function afterPriority(buf: Buffer, start: number, end: number): number {
  if (end - start < MIN_LEN || buf[start] !== LESS_THAN) return -1;
  let priority = 0;
  let at = start + 1;
  while (at < start + 4 && isDigit(buf[at]!)) priority = priority * 10 + buf[at++]! - 0x30;
  return at > start + 1 && buf[at] === GREATER_THAN && priority <= MAX_PRIORITY ? at + 1 : -1;
}
