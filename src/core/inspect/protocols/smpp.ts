import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** SMPP 3.4 (§3.2): the bind requests and answers that open a session. */
const COMMAND = 4;
const STATUS = 8;
const HEADER_LEN = 16;
const RESPONSE = 0x80000000;
/** bind_receiver, bind_transmitter, bind_transceiver, enquire_link, submit_sm, deliver_sm. */
const COMMANDS = [0x01, 0x02, 0x09, 0x15, 0x04, 0x05];

export const smppInspector = streamSignature('smpp', [0], inspectSmpp);

function inspectSmpp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || u32(buf, start) > end - start || u32(buf, start) < HEADER_LEN) return NOT_MINE;
  const command = u32(buf, start + COMMAND);
  if (!COMMANDS.includes(command & 0x7fffffff)) return NOT_MINE;
  return command >= RESPONSE || u32(buf, start + STATUS) === 0 ? FOUND : NOT_MINE;
}
