/** Fields in network order, as buffers to concatenate. */
export function be8(value: number): Buffer {
  return Buffer.from([value & 0xff]);
}

export function be16(value: number): Buffer {
  return Buffer.from([(value >>> 8) & 0xff, value & 0xff]);
}

export function be24(value: number): Buffer {
  return Buffer.from([(value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
}

export function be32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

/** Bytes written as hexadecimal digits, blanks allowed. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replace(/\s+/g, ''), 'hex');
}

/** `body` behind its own length in 1, 2 or 3 bytes, the vector of TLS (RFC 8446 §3.4). */
export function vector(lengthBytes: 1 | 2 | 3, ...body: Buffer[]): Buffer {
  const content = Buffer.concat(body);
  const length =
    lengthBytes === 1 ? be8(content.length) : lengthBytes === 2 ? be16(content.length) : be24(content.length);
  return Buffer.concat([length, content]);
}
