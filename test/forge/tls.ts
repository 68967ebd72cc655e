import { be8, be16, be24, vector } from './fields.js';
import { Prng } from './prng.js';

export const RECORD_CHANGE_CIPHER_SPEC = 20;
export const RECORD_HANDSHAKE = 22;
const RECORD_APPLICATION_DATA = 23;

const EXT_SERVER_NAME = 0;
const EXT_STATUS_REQUEST = 5;
const EXT_SUPPORTED_GROUPS = 10;
const EXT_POINT_FORMATS = 11;
const EXT_SIGNATURE_ALGORITHMS = 13;
const EXT_ALPN = 16;
const EXT_CERTIFICATE_TIMESTAMP = 18;
const EXT_PADDING = 21;
const EXT_EXTENDED_MASTER_SECRET = 23;
const EXT_COMPRESS_CERTIFICATE = 27;
const EXT_SESSION_TICKET = 35;
const EXT_SUPPORTED_VERSIONS = 43;
const EXT_PSK_MODES = 45;
const EXT_KEY_SHARE = 51;
const EXT_QUIC_TRANSPORT_PARAMETERS = 57;
const EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d;
const EXT_RENEGOTIATION_INFO = 0xff01;

const GROUP_X25519 = 29;
const GROUP_SECP256R1 = 23;
const GROUP_SECP384R1 = 24;
/** X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): 1,184 bytes of ML-KEM-768 and 32 of X25519. */
const GROUP_X25519_MLKEM768 = 4588;
const MLKEM768_SHARE_LEN = 1216;

export interface ClientHelloOptions {
  /** Left out: no server_name extension. */
  serverName?: string | Buffer;
  seed?: number | string;
  /** Index of server_name among the extensions; `last` puts it behind the padding too. First unless given. */
  serverNameAt?: number | 'last';
  /** With the key share of today's browsers, which makes a hello of about 1.8 KB (default true). */
  postQuantum?: boolean;
  /** GREASE values (RFC 8701) where Chromium puts them (default true). */
  grease?: boolean;
  alpn?: readonly string[];
  /** Bytes of encrypted payload in an encrypted_client_hello extension; 0 for none. */
  echPayloadLen?: number;
  /** Given, the hello is one for QUIC: with these transport parameters and no legacy session id. */
  quicTransportParameters?: Buffer;
  /** Padded by an extension (RFC 7685) until the handshake message has this length, where it is longer than without. */
  messageLen?: number;
  /** TLS 1.2: no supported_versions and no key share. */
  legacy?: boolean;
}

interface Extension {
  type: number;
  body: Buffer;
}

/** A ClientHello handshake message (RFC 8446 §4.1.2) with its 4-byte header, without a record. */
export function clientHello(options: ClientHelloOptions = {}): Buffer {
  const random = new Prng(options.seed ?? 1);
  const extensions = baseExtensions(options, random);
  const name: Extension | undefined =
    options.serverName === undefined
      ? undefined
      : { type: EXT_SERVER_NAME, body: serverNameBody(Buffer.from(options.serverName as string)) };
  const isQuic = options.quicTransportParameters !== undefined;
  const head = Buffer.concat([
    be16(0x0303),
    random.bytes(32),
    vector(1, isQuic ? Buffer.alloc(0) : random.bytes(32)),
    vector(2, ...cipherSuites(options).map(be16)),
    vector(1, be8(0)),
  ]);

  const all = name ? [...extensions, name] : extensions;
  const bare = 4 + head.length + 2 + all.reduce((sum, { body }) => sum + 4 + body.length, 0);
  const missing = (options.messageLen ?? 0) - bare - 4;
  if (missing >= 0) extensions.push({ type: EXT_PADDING, body: Buffer.alloc(missing) });
  if (name) {
    const at = options.serverNameAt ?? 0;
    extensions.splice(at === 'last' ? extensions.length : at, 0, name);
  }
  const list = extensions.map(({ type, body }) => Buffer.concat([be16(type), vector(2, body)]));
  const body = Buffer.concat([head, vector(2, ...list)]);
  return Buffer.concat([be8(1), be24(body.length), body]);
}

/** The body of server_name (RFC 6066 §3) with one host name. */
export function serverNameBody(name: Buffer): Buffer {
  return vector(2, be8(0), vector(2, name));
}

/** TLS records (RFC 8446 §5.1) around `data`, cut at most every `recordLen` bytes; or into the given lengths. */
export function tlsRecords(
  type: number,
  data: Buffer,
  recordLen: number | readonly number[] = 16_384,
  version = 0x0301,
): Buffer {
  const lengths = typeof recordLen === 'number' ? [recordLen] : recordLen;
  const records: Buffer[] = [];
  for (let offset = 0; offset < data.length; ) {
    const length = Math.max(1, lengths[Math.min(records.length, lengths.length - 1)]!);
    const part = data.subarray(offset, offset + length);
    records.push(Buffer.concat([be8(type), be16(version), vector(2, part)]));
    offset += length;
  }
  return Buffer.concat(records);
}

/** A ClientHello in one handshake record, as nearly every client sends it. */
export function clientHelloRecord(options: ClientHelloOptions = {}): Buffer {
  return tlsRecords(RECORD_HANDSHAKE, clientHello(options));
}

/** A TLS 1.3 ServerHello handshake message (RFC 8446 §4.1.3); QUIC's echoes no session id. */
export function serverHello(seed: number | string = 2, sessionIdLen = 32): Buffer {
  const random = new Prng(seed);
  const extensions = [
    Buffer.concat([be16(EXT_SUPPORTED_VERSIONS), vector(2, be16(0x0304))]),
    Buffer.concat([be16(EXT_KEY_SHARE), vector(2, be16(GROUP_X25519), vector(2, random.bytes(32)))]),
  ];
  const body = Buffer.concat([
    be16(0x0303),
    random.bytes(32),
    vector(1, random.bytes(sessionIdLen)),
    be16(0x1301),
    be8(0),
    vector(2, ...extensions),
  ]);
  return Buffer.concat([be8(2), be24(body.length), body]);
}

/** ServerHello, ChangeCipherSpec and encrypted-looking records of `encryptedLen` bytes, as records. */
export function serverFlight(seed: number | string = 2, encryptedLen = 900): Buffer {
  return Buffer.concat([
    tlsRecords(RECORD_HANDSHAKE, serverHello(seed), 16_384, 0x0303),
    tlsRecords(RECORD_CHANGE_CIPHER_SPEC, be8(1), 1, 0x0303),
    applicationData(encryptedLen, seed),
  ]);
}

/** Application-data records that hold `len` bytes of noise. */
export function applicationData(len: number, seed: number | string = 3): Buffer {
  return tlsRecords(RECORD_APPLICATION_DATA, new Prng(seed).bytes(len), 16_384, 0x0303);
}

function cipherSuites(options: ClientHelloOptions): number[] {
  const modern = [0x1301, 0x1302, 0x1303];
  const legacy = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035];
  const suites = options.quicTransportParameters ? modern : options.legacy ? legacy : [...modern, ...legacy];
  return options.grease === false ? suites : [0x5a5a, ...suites];
}

function baseExtensions(options: ClientHelloOptions, random: Prng): Extension[] {
  const isQuic = options.quicTransportParameters !== undefined;
  const grease = options.grease !== false;
  const postQuantum = options.postQuantum !== false && !options.legacy;
  const groups = [GROUP_X25519, GROUP_SECP256R1, GROUP_SECP384R1];
  if (postQuantum) groups.unshift(GROUP_X25519_MLKEM768);
  if (grease) groups.unshift(0x2a2a);
  const alpn = options.alpn ?? (isQuic ? ['h3'] : ['h2', 'http/1.1']);

  const out: Extension[] = [];
  const add = (type: number, ...body: Buffer[]): void => {
    out.push({ type, body: Buffer.concat(body) });
  };
  if (grease) add(0x1a1a);
  if (!isQuic) {
    add(EXT_EXTENDED_MASTER_SECRET);
    add(EXT_RENEGOTIATION_INFO, be8(0));
    add(EXT_POINT_FORMATS, vector(1, be8(0)));
    add(EXT_SESSION_TICKET);
    add(EXT_STATUS_REQUEST, Buffer.from([1, 0, 0, 0, 0]));
    add(EXT_CERTIFICATE_TIMESTAMP);
  }
  add(EXT_SUPPORTED_GROUPS, vector(2, ...groups.map(be16)));
  if (alpn.length > 0) add(EXT_ALPN, vector(2, ...alpn.map((name) => vector(1, Buffer.from(name)))));
  const signatures = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
  add(EXT_SIGNATURE_ALGORITHMS, vector(2, ...signatures.map(be16)));
  if (!options.legacy) {
    const shares = [Buffer.concat([be16(GROUP_X25519), vector(2, random.bytes(32))])];
    if (postQuantum)
      shares.unshift(Buffer.concat([be16(GROUP_X25519_MLKEM768), vector(2, random.bytes(MLKEM768_SHARE_LEN))]));
    if (grease) shares.unshift(Buffer.concat([be16(0x2a2a), vector(2, be8(0))]));
    add(EXT_KEY_SHARE, vector(2, ...shares));
    add(EXT_PSK_MODES, vector(1, be8(1)));
    const versions = isQuic ? [0x0304] : [0x0304, 0x0303];
    add(EXT_SUPPORTED_VERSIONS, vector(1, ...(grease ? [0x3a3a, ...versions] : versions).map(be16)));
    add(EXT_COMPRESS_CERTIFICATE, vector(1, be16(2)));
  }
  if (options.quicTransportParameters) add(EXT_QUIC_TRANSPORT_PARAMETERS, options.quicTransportParameters);
  if (options.echPayloadLen) {
    // ClientHelloOuter: HKDF-SHA256, AES-128-GCM, a config id, the encapsulated key and the payload (RFC 9849 §5).
    add(
      EXT_ENCRYPTED_CLIENT_HELLO,
      Buffer.from([0, 0, 1, 0, 1, 0x42]),
      vector(2, random.bytes(32)),
      vector(2, random.bytes(options.echPayloadLen)),
    );
  }
  if (grease) add(0x4a4a, be8(0));
  return out;
}
