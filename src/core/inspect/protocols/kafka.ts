import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Kafka on its port: a request's length, API key and version, correlation id and client id; answers by length. */
const PORT = 9092;
const API_KEY = 4;
const API_VERSION = 6;
const CLIENT_ID = 12;
const LAST_API_KEY = 90;
const LAST_API_VERSION = 20;
const MAX_LEN = 100_000_000;

export const kafkaInspector = portSignature('kafka', 6, [PORT], inspectKafka);

function inspectKafka(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < 8 || u32(buf, start) > MAX_LEN) return NOT_MINE;
  if (context.dstPort !== PORT) return u32(buf, start) === end - start - 4 ? FOUND : NOT_MINE;
  if (end - start < CLIENT_ID + 2 || u16(buf, start + API_KEY) > LAST_API_KEY) return NOT_MINE;
  if (u16(buf, start + API_VERSION) > LAST_API_VERSION) return NOT_MINE;
  const clientIdLen = u16(buf, start + CLIENT_ID);
  return clientIdLen === 0xffff || start + CLIENT_ID + 2 + clientIdLen <= end ? FOUND : NOT_MINE;
}
