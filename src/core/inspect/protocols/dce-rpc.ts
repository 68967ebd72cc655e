import { u16, u16le, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, streamSignature } from './signature.js';

/** DCE/RPC (C706): version 5 over TCP (§12.6.3), version 4 over UDP (§12.6.1). Little-endian, as everyone sends it. */
const VERSION_TCP = 5;
const VERSION_UDP = 4;
const LITTLE_ENDIAN = 0x10;
/** Version 5. */
const TYPE = 2;
const FLAGS = 3;
const DREP = 4;
const FRAG_LENGTH = 8;
const HEADER_LEN = 16;
const LAST_TYPE = 20;
/** Version 4. */
const UDP_TYPE = 1;
const UDP_DREP = 4;
const UDP_LENGTH = 74;
const UDP_HEADER_LEN = 80;

export const dceRpcInspector = streamSignature('dce-rpc', [VERSION_TCP], inspectTcp);
export const dceRpcUdpInspector = datagramSignature('dce-rpc', [VERSION_UDP], [], inspectUdp);

function inspectTcp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1]! > 1 || buf[start + TYPE]! > LAST_TYPE) return NOT_MINE;
  if (u32(buf, start + DREP) !== LITTLE_ENDIAN << 24 || buf[start + FLAGS] === 0xff) return NOT_MINE;
  const len = u16le(buf, start + FRAG_LENGTH);
  // A large fragment goes on in the next segment.
  return len >= HEADER_LEN && (len <= end - start || end - start >= 500) ? FOUND : NOT_MINE;
}

function inspectUdp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < UDP_HEADER_LEN || buf[start] !== VERSION_UDP || buf[start + UDP_TYPE]! > 10) return NOT_MINE;
  const drep = buf[start + UDP_DREP]!;
  if ((drep !== LITTLE_ENDIAN && drep !== 0) || buf[start + UDP_DREP + 1] !== 0 || buf[start + UDP_DREP + 2] !== 0) {
    return NOT_MINE;
  }
  const len = drep === 0 ? u16(buf, start + UDP_LENGTH) : u16le(buf, start + UDP_LENGTH);
  return len === end - start - UDP_HEADER_LEN ? FOUND : NOT_MINE;
}
