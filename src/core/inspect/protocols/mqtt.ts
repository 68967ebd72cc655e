import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins } from './ascii.js';
import { portSignature, streamSignature } from './signature.js';

/** MQTT 3.1, 3.1.1 and 5: CONNECT on any port, other packets on 1883. */
const PORT = 1883;
const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH = 0x30;

export const mqttInspector = streamSignature('mqtt', [CONNECT], inspectConnect);
export const mqttPortInspector = portSignature('mqtt', 6, [PORT], inspectPacket);

function inspectConnect(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const body = afterLength(buf, start + 1, end);
  if (body < 0 || body + 7 > end) return NOT_MINE;
  const nameLen = u16(buf, body);
  if (!begins(buf, body + 2, end, 'MQ')) return NOT_MINE;
  const isMqtt =
    (nameLen === 4 && begins(buf, body + 2, end, 'MQTT')) || (nameLen === 6 && begins(buf, body + 2, end, 'MQIsdp'));
  if (!isMqtt) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}

/** The flags of every packet type but PUBLISH are fixed (MQTT 5 §2.1.3), and what arrives ends with a packet's end. */
function inspectPacket(buf: Buffer, start: number, end: number): InspectStatus {
  const type = buf[start]! & 0xf0;
  const flags = buf[start]! & 0x0f;
  const body = afterLength(buf, start + 1, end);
  if (type < CONNECT || body < 0) return NOT_MINE;
  if (type !== PUBLISH && flags !== (type === 0x60 || type === 0x80 || type === 0xa0 ? 2 : 0)) return NOT_MINE;
  if (type === CONNACK) return end - body >= 2 && buf[body]! <= 1 ? FOUND : NOT_MINE;
  return remainingLen(buf, start + 1, end) <= end - body || end - start > 1000 ? FOUND : NOT_MINE;
}

/** Offset behind the variable length at `at`, -1 when it is not whole. */
function afterLength(buf: Buffer, at: number, end: number): number {
  for (let i = 0; i < 4 && at + i < end; i++) if (buf[at + i]! < 0x80) return at + i + 1;
  return -1;
}

function remainingLen(buf: Buffer, at: number, end: number): number {
  let len = 0;
  for (let i = 0; i < 4 && at + i < end; i++) {
    len += (buf[at + i]! & 0x7f) * 128 ** i;
    if (buf[at + i]! < 0x80) break;
  }
  return len;
}
