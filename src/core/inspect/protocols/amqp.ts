import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { isOn, streamSignature } from './signature.js';

/** AMQP 0-9-1 and 1.0: the protocol header; method frames of 0-9-1. */
const METHOD_FRAME = 1;
const FRAME_END = 0xce;
const FRAME_HEADER_LEN = 7;
const PORT = 5672;

export const amqpInspector = streamSignature('amqp', [0x41, METHOD_FRAME], inspectAmqp);

function inspectAmqp(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < 8) return NOT_MINE;
  if (begins(buf, start, end, 'AMQP')) return buf[start + 4]! <= 3 ? FOUND : NOT_MINE;
  if (buf[start] !== METHOD_FRAME || !isOn(context, PORT)) return NOT_MINE;
  const frameEnd = start + FRAME_HEADER_LEN + u32(buf, start + 3);
  return frameEnd < end && buf[frameEnd] === FRAME_END ? FOUND : NOT_MINE;
}
