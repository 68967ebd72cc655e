import { u16le, u32le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, portSignature, streamSignature } from './signature.js';

/** EtherNet/IP encapsulation (CIP volume 2, §2-3): command, length, session, status, sender context, options. */
const LENGTH = 2;
const STATUS = 8;
const OPTIONS = 20;
const HEADER_LEN = 24;
const COMMANDS = [0x01, 0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70];
const LAST_STATUS = 0x69;
const MAX_LEN = 65511;

export const enipInspector = streamSignature('enip', COMMANDS, inspectEnip);
export const enipUdpInspector = datagramSignature('enip', COMMANDS, [44818], inspectEnip);
/** Cyclic data of CIP connections: two items, a sequenced address and connected data. */
export const cipIoInspector = portSignature('cip-io', 17, [2222], inspectCipIo);

function inspectEnip(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1] !== 0 || !COMMANDS.includes(buf[start]!)) return NOT_MINE;
  const len = u16le(buf, start + LENGTH);
  if (len > MAX_LEN || len > end - start - HEADER_LEN) return NOT_MINE;
  return u32le(buf, start + STATUS) <= LAST_STATUS && u32le(buf, start + OPTIONS) === 0 ? FOUND : NOT_MINE;
}

function inspectCipIo(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 18 || u16le(buf, start) !== 2) return NOT_MINE;
  return u16le(buf, start + 2) === 0x8002 && u16le(buf, start + 14) === 0xb1 ? FOUND : NOT_MINE;
}
