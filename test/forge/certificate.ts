import { be8, be16, hex, vector } from './fields.js';
import { Prng } from './prng.js';
import { RECORD_CHANGE_CIPHER_SPEC, RECORD_HANDSHAKE, tlsRecords } from './tls.js';

export interface CertificateOptions {
  commonName?: string;
  altNames?: readonly string[];
  /** More extensions, whole, as `der` and `sequence` make them. */
  extensions?: readonly Buffer[];
}

/** An X.509 certificate (RFC 5280) with a key and a signature of noise. */
export function certificate(options: CertificateOptions, seed: number | string = 1): Buffer {
  const random = new Prng(seed);
  const algorithm = sequence(der(0x06, hex('2a8648ce3d040302')));
  const issuer = distinguishedName('Test authority');
  const subject = options.commonName === undefined ? sequence() : distinguishedName(options.commonName);
  const validity = sequence(der(0x17, Buffer.from('240101000000Z')), der(0x17, Buffer.from('340101000000Z')));
  const key = sequence(algorithm, der(0x03, be8(0), random.bytes(65)));
  const extensions: Buffer[] = [sequence(der(0x06, hex('551d13')), der(0x01, be8(0xff)), der(0x04, sequence()))];
  if (options.altNames !== undefined) {
    const names = options.altNames.map((name) => der(0x82, Buffer.from(name)));
    extensions.push(sequence(der(0x06, hex('551d11')), der(0x04, sequence(...names))));
  }
  extensions.push(...(options.extensions ?? []));
  const body = sequence(
    der(0xa0, der(0x02, be8(2))),
    der(0x02, be8(1), random.bytes(8)),
    algorithm,
    issuer,
    validity,
    subject,
    key,
    der(0xa3, sequence(...extensions)),
  );
  return sequence(body, algorithm, der(0x03, be8(0), random.bytes(70)));
}

/** ServerHello of TLS 1.2, Certificate and the rest of the server's first flight, in records. */
export function serverFlight12(certificates: readonly Buffer[], seed: number | string = 2, alpn?: string): Buffer {
  const random = new Prng(seed);
  const extensions = alpn === undefined ? [] : [be16(16), vector(2, vector(2, vector(1, Buffer.from(alpn))))];
  const hello = Buffer.concat([
    be16(0x0303),
    random.bytes(32),
    vector(1, random.bytes(32)),
    be16(0xc02f),
    be8(0),
    vector(2, ...extensions),
  ]);
  const list = vector(3, ...certificates.map((one) => vector(3, one)));
  const messages = [message(2, hello), message(11, list), message(12, random.bytes(180)), message(14, Buffer.alloc(0))];
  return tlsRecords(RECORD_HANDSHAKE, Buffer.concat(messages), 16_384, 0x0303);
}

/** The server's answer to a resumed session: no certificate. */
export function resumedFlight12(seed: number | string = 2): Buffer {
  const random = new Prng(seed);
  const hello = Buffer.concat([be16(0x0303), random.bytes(32), vector(1, random.bytes(32)), be16(0xc02f), be8(0)]);
  return Buffer.concat([
    tlsRecords(RECORD_HANDSHAKE, message(2, hello), 16_384, 0x0303),
    tlsRecords(RECORD_CHANGE_CIPHER_SPEC, be8(1), 1, 0x0303),
    tlsRecords(RECORD_HANDSHAKE, random.bytes(40), 16_384, 0x0303),
  ]);
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([be8(type), vector(3, body)]);
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, hex('550403')), der(0x0c, Buffer.from(commonName)))));
}

export function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** An element of DER (ITU-T X.690 §8.1): tag, length, content. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([be8(tag), be8(length), content]);
  if (length < 0x100) return Buffer.concat([be8(tag), be8(0x81), be8(length), content]);
  return Buffer.concat([be8(tag), be8(0x82), be16(length), content]);
}
