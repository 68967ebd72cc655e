import { createCipheriv, createHmac } from 'node:crypto';

/** Seals Initials with node:crypto alone, so that tests don't check the program against itself. */

export const V1_SALT = '38762cf7f55934b34d179ae6a4c80cadccbb7f0a';
export const V2_SALT = '0dede3def700a6db819381be6e269dcbf9bd2ed9';

function hmac(key: Buffer, ...data: Buffer[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of data) mac.update(part);
  return mac.digest();
}

function expandLabel(secret: Buffer, label: string, len: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  return hmac(secret, Buffer.from([0, len, name.length, ...name, 0, 1])).subarray(0, len);
}

export interface SealOptions {
  version?: number;
  salt?: string;
  labelPrefix?: string;
  /** The packet type's two bits in this version. */
  typeBits?: number;
  /** Connection id that the keys come from; `destinationId` when absent. */
  keyId?: Buffer;
  destinationId?: Buffer;
  sourceId?: Buffer;
  token?: Buffer;
  packetNumber?: number;
  packetNumberLen?: number;
  role?: 'client' | 'server';
  payloadLen?: number;
}

export function initialKeys(id: Buffer, salt = V1_SALT, labelPrefix = 'quic', role = 'client') {
  const secret = expandLabel(hmac(Buffer.from(salt, 'hex'), id), `${role} in`, 32);
  return {
    secret,
    key: expandLabel(secret, `${labelPrefix} key`, 16),
    iv: expandLabel(secret, `${labelPrefix} iv`, 12),
    hp: expandLabel(secret, `${labelPrefix} hp`, 16),
  };
}

function varint(value: number): Buffer {
  if (value < 0x40) return Buffer.from([value]);
  if (value < 0x4000) return Buffer.from([0x40 | (value >> 8), value & 0xff]);
  return Buffer.from([0x80 | (value >>> 24), (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
}

export function cryptoFrame(message: Buffer, start: number, end: number, type = 6): Buffer {
  return Buffer.concat([Buffer.from([type]), varint(start), varint(end - start), message.subarray(start, end)]);
}

export const CLIENT_ID = Buffer.from('8394c8f03e515708', 'hex');

/** A protected Initial around `frames`, padded to `payloadLen` with PADDING. */
export function sealInitial(frames: Buffer, options: SealOptions = {}): Buffer {
  const destinationId = options.destinationId ?? CLIENT_ID;
  const sourceId = options.sourceId ?? Buffer.alloc(0);
  const token = options.token ?? Buffer.alloc(0);
  const packetNumberLen = options.packetNumberLen ?? 4;
  const keys = initialKeys(options.keyId ?? destinationId, options.salt, options.labelPrefix, options.role);
  const payload = Buffer.alloc(Math.max(frames.length, options.payloadLen ?? 1_162));
  frames.copy(payload);

  const packetNumber = Buffer.alloc(4);
  packetNumber.writeUInt32BE(options.packetNumber ?? 0);
  const version = Buffer.alloc(4);
  version.writeUInt32BE(options.version ?? 1);
  const header = Buffer.concat([
    Buffer.from([0xc0 | ((options.typeBits ?? 0) << 4) | (packetNumberLen - 1)]),
    version,
    Buffer.from([destinationId.length]),
    destinationId,
    Buffer.from([sourceId.length]),
    sourceId,
    varint(token.length),
    token,
    varint(packetNumberLen + payload.length + 16),
    packetNumber.subarray(4 - packetNumberLen),
  ]);

  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < 4; i++) nonce[8 + i]! ^= packetNumber[i]!;
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);

  const packet = Buffer.concat([header, sealed]);
  const packetNumberStart = header.length - packetNumberLen;
  const sample = packet.subarray(packetNumberStart + 4, packetNumberStart + 20);
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sample);
  packet[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < packetNumberLen; i++) packet[packetNumberStart + i]! ^= mask[1 + i]!;
  return packet;
}
