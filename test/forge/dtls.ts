import { be8, be16, be24, hex, vector } from './fields.js';
import { Prng } from './prng.js';
import { serverNameBody } from './tls.js';

/** A DTLS 1.2 ClientHello body (RFC 6347 §4.2.1). */
export function dtlsHelloBody(name: string, cookie = Buffer.alloc(0)): Buffer {
  const serverName = serverNameBody(Buffer.from(name));
  const extensions = [
    Buffer.concat([be16(10), vector(2, hex('0004001d0017'))]),
    Buffer.concat([be16(0), vector(2, serverName)]),
    Buffer.concat([be16(14), vector(2, hex('00040001000200'))]),
  ];
  return Buffer.concat([
    be16(0xfefd),
    new Prng('dtls').bytes(32),
    vector(1),
    vector(1, cookie),
    vector(2, hex('c02bc02f')),
    vector(1, be8(0)),
    vector(2, ...extensions),
  ]);
}

/** One fragment of a handshake message in a record of its own. */
export function dtlsRecord(type: number, seq: number, body: Buffer, from = 0, to = body.length): Buffer {
  const fragment = Buffer.concat([
    be8(type),
    be24(body.length),
    be16(seq),
    be24(from),
    be24(to - from),
    body.subarray(from, to),
  ]);
  return Buffer.concat([be8(22), be16(0xfeff), hex('0000 000000000000'), vector(2, fragment)]);
}
