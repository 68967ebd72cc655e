import { u16, u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { holds } from './ascii.js';
import { datagramSignature, isOn, streamSignature } from './signature.js';

/**
 * STUN (RFC 8489), TURN (RFC 8656) and classic STUN (RFC 3489), over UDP, and over TCP bare or framed (RFC 4571).
 * Attributes that only one service's clients send tell the app.
 */
const TYPE = 0;
const LENGTH = 2;
const COOKIE = 4;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_LEN = 20;
const ATTRIBUTE_HEADER_LEN = 4;
const MAX_ATTRIBUTES = 24;
const FRAME_LEN = 2;
/** Methods: Binding, SharedSecret, and those of TURN. */
const LAST_METHOD = 0x0c;
const PORT = 3478;

const REALM = 0x0014;
const SOFTWARE = 0x8022;
/** WhatsApp's methods and attributes. */
const WHATSAPP_FIRST_METHOD = 0x0800;
const WHATSAPP_LAST_METHOD = 0x0805;
const WHATSAPP_FIRST_ATTRIBUTE = 0x4000;
const WHATSAPP_LAST_ATTRIBUTE = 0x4007;
/** MS-TURN, MS-ICE2 and MS-TURNBWM. */
const MS_VERSION = 0x8008;
const MS_SEQUENCE_NUMBER = 0x8050;
const MS_CANDIDATE_IDENTIFIER = 0x8054;
const MS_SERVICE_QUALITY = 0x8055;
const MS_IMPLEMENTATION_VERSION = 0x8070;

export const stunInspector = datagramSignature('stun', [0, 1, 8, 9], [PORT], inspectStun);
export const stunTcpInspector = streamSignature('stun', [0, 1], inspectStunTcp);

function inspectStun(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  if (left < HEADER_LEN || buf[start + TYPE]! > 9) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  if (len + HEADER_LEN !== left || len % 4 !== 0) return NOT_MINE;
  const hasCookie = u32(buf, start + COOKIE) === MAGIC_COOKIE;
  const type = u16(buf, start + TYPE);
  if (!hasCookie && !isClassic(buf, start, end, type, isOn(context, PORT))) return NOT_MINE;
  readMessage(buf, start, end, type, finding);
  return FOUND;
}

function inspectStunTcp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isFramed = end - start > HEADER_LEN + FRAME_LEN && u32(buf, start + FRAME_LEN + COOKIE) === MAGIC_COOKIE;
  const at = isFramed ? start + FRAME_LEN : start;
  if (end - at < HEADER_LEN || u32(buf, at + COOKIE) !== MAGIC_COOKIE || buf[at]! > 1) return NOT_MINE;
  const messageEnd = at + HEADER_LEN + u16(buf, at + LENGTH);
  readMessage(buf, at, messageEnd < end ? messageEnd : end, u16(buf, at), finding);
  return FOUND;
}

/** Without the cookie: known type, attributes that fill the message; on other ports at least one. */
function isClassic(buf: Buffer, start: number, end: number, type: number, isPort: boolean): boolean {
  const method = type & 0x3eef;
  const isWhatsapp = type >= WHATSAPP_FIRST_METHOD && type <= WHATSAPP_LAST_METHOD;
  if (!isWhatsapp && (method === 0 || method > LAST_METHOD)) return false;
  let at = start + HEADER_LEN;
  if (at === end) return isPort;
  while (at + ATTRIBUTE_HEADER_LEN <= end) {
    const attribute = u16(buf, at);
    const isKnown = (attribute > 0 && attribute < 0x30) || attribute >= 0x8000 || isWhatsappAttribute(attribute);
    if (!isKnown) return false;
    at += ATTRIBUTE_HEADER_LEN + ((u16(buf, at + 2) + 3) & ~3);
  }
  return at === end;
}

function readMessage(buf: Buffer, start: number, end: number, type: number, finding: Finding): void {
  const messageClass = type & 0x0110;
  if (messageClass === 0) finding.role = ROLE_CLIENT;
  else if (messageClass >= 0x0100) finding.role = ROLE_SERVER;
  if (type >= WHATSAPP_FIRST_METHOD && type <= WHATSAPP_LAST_METHOD) setApp(finding, 'WHATSAPP');
  let at = start + HEADER_LEN;
  for (let n = 0; n < MAX_ATTRIBUTES && at + ATTRIBUTE_HEADER_LEN <= end; n++) {
    const attribute = u16(buf, at);
    const len = u16(buf, at + 2);
    const valueEnd = at + ATTRIBUTE_HEADER_LEN + len;
    if (valueEnd > end) return;
    readAttribute(buf, at + ATTRIBUTE_HEADER_LEN, valueEnd, attribute, finding);
    if (finding.app !== '') return;
    at = start + (((valueEnd - start + 3) >>> 2) << 2);
  }
}

function readAttribute(buf: Buffer, at: number, end: number, attribute: number, finding: Finding): void {
  if (isWhatsappAttribute(attribute)) setApp(finding, 'WHATSAPP');
  else if (attribute === MS_VERSION || attribute === MS_SEQUENCE_NUMBER || attribute === MS_CANDIDATE_IDENTIFIER) {
    setApp(finding, 'TEAMS');
  } else if (attribute === MS_SERVICE_QUALITY || attribute === MS_IMPLEMENTATION_VERSION) setApp(finding, 'TEAMS');
  else if (attribute === REALM || attribute === SOFTWARE) readText(buf, at, end, finding);
}

/** A realm or software name that belongs to one service. */
function readText(buf: Buffer, at: number, end: number, finding: Finding): void {
  const max = end - at;
  if (holds(buf, at, end, 'telegram.org', max)) setApp(finding, 'TELEGRAM');
  else if (holds(buf, at, end, 'whispersystems.org', max) || holds(buf, at, end, 'signal.org', max))
    setApp(finding, 'SIGNAL');
  else if (holds(buf, at, end, 'discord', max)) setApp(finding, 'DISCORD');
  else if (holds(buf, at, end, 'twilio.com', max)) setApp(finding, 'TWILIO');
  else if (holds(buf, at, end, 'viber', max)) setApp(finding, 'VIBER');
}

function isWhatsappAttribute(attribute: number): boolean {
  return attribute >= WHATSAPP_FIRST_ATTRIBUTE && attribute <= WHATSAPP_LAST_ATTRIBUTE;
}

function setApp(finding: Finding, app: string): void {
  finding.app = app;
  finding.confidence = CONFIDENCE_LIKELY;
}
