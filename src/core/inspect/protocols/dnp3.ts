import { u16le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, streamSignature } from './signature.js';

/** DNP3 link frames (IEEE 1815 §9.2): start bytes, length, and a header checksum that fits. */
const START_1 = 0x05;
const START_2 = 0x64;
const CHECKSUM = 8;
const HEADER_LEN = 10;
const MIN_LENGTH = 5;
/** CRC-16/DNP, reflected. */
const POLYNOMIAL = 0xa6bc;

export const dnp3Inspector = streamSignature('dnp3', [START_1], inspectDnp3);
export const dnp3UdpInspector = datagramSignature('dnp3', [START_1], [], inspectDnp3);

function inspectDnp3(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1] !== START_2 || buf[start + 2]! < MIN_LENGTH) return NOT_MINE;
  let crc = 0;
  for (let at = start; at < start + CHECKSUM; at++) {
    crc ^= buf[at]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return (~crc & 0xffff) === u16le(buf, start + CHECKSUM) ? FOUND : NOT_MINE;
}
