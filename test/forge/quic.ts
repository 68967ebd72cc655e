import { createCipheriv } from 'node:crypto';
import { be32, hex, vector } from './fields.js';
import { Prng } from './prng.js';
import { type InitialKeys, initialKeys, QUIC_V1, quicVersion } from './quic-keys.js';

const TAG_LEN = 16;
const MIN_DATAGRAM_LEN = 1200;

export interface InitialOptions {
  version?: number;
  destinationConnectionId: Buffer;
  sourceConnectionId?: Buffer;
  /**
   * The id from which the keys come, where it isn't the packet's own (after the server chose one; not after a Retry).
   */
  keyConnectionId?: Buffer;
  /** Keys derived before, to spare the derivation. */
  keys?: InitialKeys;
  token?: Buffer;
  packetNumber?: number;
  packetNumberLen?: 1 | 2 | 3 | 4;
  side?: 'client' | 'server';
  /** The payload is filled with PADDING frames until the packet has this length; 1200 unless given, 0 for none. */
  packetLen?: number;
}

export interface CryptoPiece {
  offset: number;
  data: Buffer;
}

/** A variable-length integer (RFC 9000 §16) in the shortest form, or in `len` bytes. */
export function varint(value: number, len?: 1 | 2 | 4 | 8): Buffer {
  const size = len ?? (value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8);
  const out = Buffer.alloc(size);
  if (size === 8) out.writeBigUInt64BE(BigInt(value));
  else out.writeUIntBE(value, 0, size);
  out[0]! |= { 1: 0x00, 2: 0x40, 4: 0x80, 8: 0xc0 }[size];
  return out;
}

/** A CRYPTO frame (RFC 9000 §19.6). */
export function cryptoFrame(piece: CryptoPiece): Buffer {
  return Buffer.concat([varint(0x06), varint(piece.offset), varint(piece.data.length), piece.data]);
}

export const PING_FRAME = Buffer.from([0x01]);

/** Cuts a handshake message into CRYPTO pieces at the given offsets. */
export function cutCrypto(message: Buffer, cuts: readonly number[]): CryptoPiece[] {
  const edges = [0, ...cuts, message.length];
  return edges.slice(1).map((end, index) => ({ offset: edges[index]!, data: message.subarray(edges[index]!, end) }));
}

/** A protected Initial packet (RFC 9000 §17.2.2, RFC 9001 §5) that carries `frames`. */
export function initialPacket(frames: Buffer, options: InitialOptions): Buffer {
  const version = options.version ?? QUIC_V1;
  const numberLen = options.packetNumberLen ?? 4;
  const token = options.token ?? Buffer.alloc(0);
  const head = Buffer.concat([
    Buffer.from([0xc0 | (quicVersion(version).initialType << 4) | (numberLen - 1)]),
    be32(version),
    vector(1, options.destinationConnectionId),
    vector(1, options.sourceConnectionId ?? Buffer.alloc(0)),
    varint(token.length),
    token,
  ]);
  const bareLen = head.length + 2 + numberLen + TAG_LEN;
  // The sample for header protection starts 4 bytes behind the packet number's start: at least that much must follow.
  const payloadLen = Math.max(frames.length, (options.packetLen ?? MIN_DATAGRAM_LEN) - bareLen, 4);
  const payload = Buffer.concat([frames, Buffer.alloc(payloadLen - frames.length)]);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(options.packetNumber ?? 0);
  const header = Buffer.concat([head, varint(numberLen + payloadLen + TAG_LEN, 2), number.subarray(4 - numberLen)]);
  const keyConnectionId = options.keyConnectionId ?? options.destinationConnectionId;
  const keys = options.keys ?? initialKeys(version, keyConnectionId, options.side ?? 'client');
  return protect(header, numberLen, options.packetNumber ?? 0, payload, keys);
}

/** A Retry packet (RFC 9000 §17.2.5) with its integrity tag (RFC 9001 §5.8). */
export function retryPacket(options: {
  version?: number;
  /** The client's source connection id. */
  destinationConnectionId: Buffer;
  sourceConnectionId: Buffer;
  originalDestinationConnectionId: Buffer;
  token: Buffer;
}): Buffer {
  const version = options.version ?? QUIC_V1;
  const { retryType, retryKey, retryNonce } = quicVersion(version);
  const packet = Buffer.concat([
    Buffer.from([0xc0 | (retryType << 4)]),
    be32(version),
    vector(1, options.destinationConnectionId),
    vector(1, options.sourceConnectionId),
    options.token,
  ]);
  const cipher = createCipheriv('aes-128-gcm', retryKey, retryNonce);
  cipher.setAAD(Buffer.concat([vector(1, options.originalDestinationConnectionId), packet]));
  cipher.final();
  return Buffer.concat([packet, cipher.getAuthTag()]);
}

/** What a 0-RTT (type 1) or Handshake (type 2) packet of QUIC v1 looks like from outside: header and noise. */
export function opaqueLongPacket(
  type: 1 | 2,
  destinationConnectionId: Buffer,
  sourceConnectionId: Buffer,
  payloadLen: number,
  seed: number | string,
): Buffer {
  return Buffer.concat([
    Buffer.from([0xc0 | (type << 4) | 0x03]),
    be32(QUIC_V1),
    vector(1, destinationConnectionId),
    vector(1, sourceConnectionId),
    varint(payloadLen, 2),
    new Prng(seed).bytes(payloadLen),
  ]);
}

/** A 1-RTT packet as seen from outside: short header, connection id and noise. */
export function opaqueShortPacket(destinationConnectionId: Buffer, payloadLen: number, seed: number | string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), destinationConnectionId, new Prng(seed).bytes(payloadLen)]);
}

/** Version Negotiation (RFC 9000 §17.2.1). */
export function versionNegotiation(destinationId: Buffer, sourceId: Buffer, versions: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.from([0xca]),
    be32(0),
    vector(1, destinationId),
    vector(1, sourceId),
    ...versions.map(be32),
  ]);
}

/** Transport parameters (RFC 9000 §18) like a browser's: idle time-out, stream limits, the source connection id. */
export function transportParameters(sourceConnectionId: Buffer): Buffer {
  const parameter = (id: number, value: Buffer): Buffer => Buffer.concat([varint(id), varint(value.length), value]);
  return Buffer.concat([
    parameter(0x01, varint(30_000)),
    parameter(0x03, varint(1472)),
    parameter(0x04, varint(15_728_640)),
    parameter(0x05, varint(6_291_456)),
    parameter(0x08, varint(100)),
    parameter(0x09, varint(103)),
    parameter(0x0f, sourceConnectionId),
    parameter(0x4752, hex('00000001')),
  ]);
}

function protect(header: Buffer, numberLen: number, packetNumber: number, payload: Buffer, keys: InitialKeys): Buffer {
  const nonce = Buffer.from(keys.iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce);
  cipher.setAAD(header);
  const packet = Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);

  // Header protection (RFC 9001 §5.4): the sample lies 4 bytes behind the start of the packet number.
  const numberStart = header.length - numberLen;
  const ecb = createCipheriv('aes-128-ecb', keys.headerProtection, null);
  const mask = ecb.update(packet.subarray(numberStart + 4, numberStart + 20));
  packet[0]! ^= mask[0]! & 0x0f;
  for (let index = 0; index < numberLen; index++) packet[numberStart + index]! ^= mask[1 + index]!;
  return packet;
}
