import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { portSignature } from './signature.js';

/** Memcached: text commands and replies on the port, the binary protocol's header, the frame header of UDP. */
const PORT = 11211;
const REQUEST_MAGIC = 0x80;
const RESPONSE_MAGIC = 0x81;
const HEADER_LEN = 24;
const KEY_LEN = 2;
const EXTRAS_LEN = 4;
const BODY_LEN = 8;
/** UDP: request id, sequence number, number of datagrams, reserved. */
const FRAME_LEN = 8;
const WORDS = [
  'get ',
  'gets ',
  'set ',
  'add ',
  'stats',
  'version',
  'delete ',
  'incr ',
  'VALUE ',
  'STAT ',
  'END\r\n',
  'STORED',
  'VERSION ',
  'ERROR',
];

export const memcachedInspector = portSignature('memcached', 6, [PORT], inspectMemcached);
export const memcachedUdpInspector = portSignature('memcached', 17, [PORT], inspectMemcachedUdp);

function inspectMemcached(buf: Buffer, start: number, end: number): InspectStatus {
  for (let i = 0; i < WORDS.length; i++) if (begins(buf, start, end, WORDS[i]!)) return FOUND;
  const magic = buf[start]!;
  if (end - start < HEADER_LEN || (magic !== REQUEST_MAGIC && magic !== RESPONSE_MAGIC)) return NOT_MINE;
  return u16(buf, start + KEY_LEN) + buf[start + EXTRAS_LEN]! <= u32(buf, start + BODY_LEN) ? FOUND : NOT_MINE;
}

function inspectMemcachedUdp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < FRAME_LEN || u16(buf, start + 6) !== 0) return NOT_MINE;
  for (let i = 0; i < WORDS.length; i++) if (begins(buf, start + FRAME_LEN, end, WORDS[i]!)) return FOUND;
  return NOT_MINE;
}
