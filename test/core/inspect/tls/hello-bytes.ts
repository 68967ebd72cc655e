/** Makes ClientHellos and records for tests. */

export interface HelloOptions {
  name?: string | Buffer;
  alpn?: string[];
  versions?: number[];
  legacyVersion?: number;
  sessionIdLen?: number;
  /** Extension type and data, put behind the others. */
  extra?: [number, Buffer][];
  /** DTLS. */
  cookie?: Buffer;
  paddingLen?: number;
}

export function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([u16(type), u16(data.length), data]);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function u24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}

export function serverName(name: string | Buffer, type = 0): Buffer {
  const bytes = Buffer.from(name as string);
  return extension(0, Buffer.concat([u16(bytes.length + 3), Buffer.from([type]), u16(bytes.length), bytes]));
}

/** The body of a ClientHello, without handshake header. */
export function helloBody(options: HelloOptions = {}): Buffer {
  const extensions: Buffer[] = [extension(0x0a0a, Buffer.alloc(0))];
  if (options.name !== undefined) extensions.push(serverName(options.name));
  if (options.alpn !== undefined) {
    const list = Buffer.concat(options.alpn.map((name) => Buffer.from([name.length, ...Buffer.from(name, 'latin1')])));
    extensions.push(extension(16, Buffer.concat([u16(list.length), list])));
  }
  if (options.versions !== undefined) {
    const list = Buffer.concat(options.versions.map(u16));
    extensions.push(extension(43, Buffer.from([list.length, ...list])));
  }
  for (const [type, data] of options.extra ?? []) extensions.push(extension(type, data));
  if (options.paddingLen !== undefined) extensions.push(extension(21, Buffer.alloc(options.paddingLen)));
  const list = Buffer.concat(extensions);
  const sessionIdLen = options.sessionIdLen ?? 32;
  return Buffer.concat([
    u16(options.legacyVersion ?? 0x0303),
    Buffer.alloc(32, 0xaa),
    Buffer.from([sessionIdLen]),
    Buffer.alloc(sessionIdLen, 0xbb),
    options.cookie === undefined ? Buffer.alloc(0) : Buffer.from([options.cookie.length, ...options.cookie]),
    u16(6),
    Buffer.from('0a0a13011302', 'hex'),
    Buffer.from([1, 0]),
    u16(list.length),
    list,
  ]);
}

/** Handshake header and body. */
export function helloMessage(options: HelloOptions = {}): Buffer {
  const body = helloBody(options);
  return Buffer.concat([Buffer.from([1]), u24(body.length), body]);
}

export function record(type: number, data: Buffer, version = 0x0301): Buffer {
  return Buffer.concat([Buffer.from([type]), u16(version), u16(data.length), data]);
}
