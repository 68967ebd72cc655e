import { be8, be16, be32, hex, vector } from './fields.js';
import { Prng } from './prng.js';
import { varint } from './quic.js';

/** Google's QUIC before and beside RFC 9000, as its clients sent it. */

const FNV_HASH = new Prng('hash').bytes(12);
const CONNECTION_ID = hex('c0c1c2c3c4c5c6c7');

/** The crypto handshake message CHLO: a padding tag, SNI, and some of the others, padded to 1,024 bytes. */
export function chlo(serverName: string): Buffer {
  const values: [string, Buffer][] = [
    ['PAD\0', Buffer.alloc(700, 0x2d)],
    ['SNI\0', Buffer.from(serverName)],
    ['VER\0', Buffer.from('Q043')],
    ['UAID', Buffer.from('Chrome/70.0.3538.110 Windows NT 10.0; Win64; x64')],
    ['PDMD', Buffer.from('X509')],
    ['SMHL', hex('01000000')],
  ];
  let end = 0;
  const table = values.map(([tag, value]) => {
    end += value.length;
    const entry = Buffer.alloc(8);
    entry.write(tag, 'latin1');
    entry.writeUInt32LE(end, 4);
    return entry;
  });
  return Buffer.concat([
    Buffer.from('CHLO'),
    Buffer.from([values.length, 0, 0, 0]),
    ...table,
    ...values.map(([, value]) => value),
  ]);
}

/** A STREAM frame on the crypto stream, numbers big-endian as from Q039 on. */
export function streamFrame(offset: number, data: Buffer): Buffer {
  const hasOffset = offset > 0;
  return Buffer.concat([
    be8(0xa0 | (hasOffset ? 1 << 2 : 0)),
    be8(1),
    hasOffset ? be16(offset) : Buffer.alloc(0),
    vector(2, data),
  ]);
}

/** Q043: public header, hash, frames in clear. */
export function q043Packet(packetNumber: number, frames: Buffer): Buffer {
  return Buffer.concat([be8(0x09), CONNECTION_ID, Buffer.from('Q043'), be8(packetNumber), FNV_HASH, frames]);
}

/** Q046: an Initial with the header of an early draft, hash, frames in clear. */
export function q046Packet(packetNumber: number, frames: Buffer): Buffer {
  return Buffer.concat([
    be8(0xc3),
    Buffer.from('Q046'),
    be8(0x50),
    CONNECTION_ID,
    be32(packetNumber),
    FNV_HASH,
    frames,
  ]);
}

/** CRYPTO in the numbering of Q050, T050 and T051. */
export function googleCryptoFrame(offset: number, data: Buffer): Buffer {
  return Buffer.concat([be8(8), varint(offset), varint(data.length), data]);
}
