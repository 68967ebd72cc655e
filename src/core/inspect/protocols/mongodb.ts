import { u32le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/**
 * MongoDB's wire protocol: length, request id, the id answered, operation code, all little-endian. Any first byte:
 * port.
 */
const OPERATION = 12;
const HEADER_LEN = 16;
const OP_REPLY = 1;
const OP_UPDATE = 2001;
const OP_KILL_CURSORS = 2007;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;
const MAX_LEN = 48_000_000;

export const mongodbInspector = portSignature('mongodb', 6, [27017, 27018, 27019], inspectMongodb);

function inspectMongodb(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  const len = u32le(buf, start);
  const operation = u32le(buf, start + OPERATION);
  if (len < HEADER_LEN || len > MAX_LEN) return NOT_MINE;
  const isKnown =
    operation === OP_REPLY ||
    (operation >= OP_UPDATE && operation <= OP_KILL_CURSORS) ||
    operation === OP_COMPRESSED ||
    operation === OP_MSG;
  return isKnown ? FOUND : NOT_MINE;
}
