import type { Prng } from '../test/forge/prng.js';
import { type ClientHelloOptions, clientHello } from '../test/forge/tls.js';

const PLACEHOLDER = 'placeholder.invalid';
const HANDSHAKE_LENGTH = 1;
const RANDOM = 6;
const RANDOM_LEN = 32;
const SESSION_ID_LENGTH = 38;

/** A ClientHello made once; `render` copies it with another name and another random, and mends the lengths. */
export class HelloTemplate {
  private readonly message: Buffer;
  private readonly nameStart: number;
  private readonly extensionsLength: number;
  private readonly recordLen: number;

  /** `asRecord`: with the five bytes of a TLS record in front. */
  constructor(options: ClientHelloOptions, asRecord: boolean) {
    this.message = clientHello({ ...options, serverName: PLACEHOLDER });
    this.nameStart = this.message.indexOf(PLACEHOLDER);
    let at = SESSION_ID_LENGTH;
    at += 1 + this.message[at]!;
    at += 2 + this.message.readUInt16BE(at);
    this.extensionsLength = at + 1 + this.message[at]!;
    this.recordLen = asRecord ? 5 : 0;
  }

  render(name: Buffer, random: Prng): Buffer {
    const { message, nameStart, recordLen } = this;
    const grown = name.length - PLACEHOLDER.length;
    const out = Buffer.allocUnsafe(recordLen + message.length + grown);
    message.copy(out, recordLen, 0, nameStart);
    name.copy(out, recordLen + nameStart);
    message.copy(out, recordLen + nameStart + name.length, nameStart + PLACEHOLDER.length);

    const hello = out.subarray(recordLen);
    hello.writeUIntBE(hello.length - 4, HANDSHAKE_LENGTH, 3);
    random.fill(hello, RANDOM, RANDOM + RANDOM_LEN);
    if (hello[SESSION_ID_LENGTH] === 32) random.fill(hello, SESSION_ID_LENGTH + 1, SESSION_ID_LENGTH + 33);
    hello.writeUInt16BE(message.readUInt16BE(this.extensionsLength) + grown, this.extensionsLength);
    hello.writeUInt16BE(name.length + 5, nameStart - 7);
    hello.writeUInt16BE(name.length + 3, nameStart - 5);
    hello.writeUInt16BE(name.length, nameStart - 2);
    if (recordLen > 0) {
      out.writeUIntBE(0x160301, 0, 3);
      out.writeUInt16BE(hello.length, 3);
    }
    return out;
  }
}
