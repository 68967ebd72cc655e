import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Finding,
  FOUND,
  InspectContext,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
} from '../../../../src/core/inspect/inspector.js';
import { dtlsInspector } from '../../../../src/core/inspect/tls/dtls.js';
import { helloBody, u16, u24 } from './hello-bytes.js';

let context = new InspectContext();
const finding = new Finding();

function inspect(bytes: Buffer, final = false): InspectStatus {
  finding.reset();
  context.final = final;
  return dtlsInspector.inspect(bytes, 0, bytes.length, context, finding);
}

function name(): string | null {
  return finding.nameBuf === null ? null : finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd);
}

afterEach(() => {
  if (context.state !== undefined) dtlsInspector.end!(context.state);
  context = new InspectContext();
});

function record(data: Buffer, type = 22, version = 0xfefd, epoch = 0): Buffer {
  return Buffer.concat([Buffer.from([type]), u16(version), u16(epoch), Buffer.alloc(6, 1), u16(data.length), data]);
}

function fragment(body: Buffer, start: number, end: number, type = 1, seq = 0): Buffer {
  const head = [Buffer.from([type]), u24(body.length), u16(seq), u24(start), u24(end - start)];
  return Buffer.concat([...head, body.subarray(start, end)]);
}

const BODY = helloBody({ name: 'dtls.example', legacyVersion: 0xfefd, cookie: Buffer.alloc(20, 5), sessionIdLen: 0 });

describe('dtlsInspector', () => {
  it.each([0xfeff, 0xfefd, 0x0100])('reads a hello in one record of version %i', (version) => {
    expect(inspect(record(fragment(BODY, 0, BODY.length), 22, version))).toBe(FOUND);
    expect(name()).toBe('dtls.example');
    expect(finding.protocol).toBe('dtls');
    expect(finding.tlsVersion).toBe(0xfefd);
  });

  it('joins fragments over records and datagrams in any order', () => {
    for (let split = 1; split < BODY.length; split += 7) {
      context.state = undefined;
      const head = record(fragment(BODY, 0, split));
      const tail = record(fragment(BODY, split, BODY.length));
      expect(inspect(tail)).toBe(NEED_MORE);
      expect(inspect(head)).toBe(FOUND);
      expect(name()).toBe('dtls.example');
      context.state = undefined;
      expect(inspect(Buffer.concat([head, tail]))).toBe(FOUND);
      expect(name()).toBe('dtls.example');
    }
  });

  it('gives what there is when no fragment will follow', () => {
    const nameEnd = BODY.indexOf('dtls.example') + 12;
    expect(inspect(record(fragment(BODY, 0, nameEnd)), true)).toBe(FOUND);
    expect(name()).toBe('dtls.example');
  });

  it('starts over with the hello that repeats the cookie', () => {
    expect(inspect(record(fragment(BODY, 0, 30)))).toBe(NEED_MORE);
    const verify = Buffer.from('feff0401020304', 'hex');
    expect(inspect(record(fragment(verify, 0, verify.length, 3)))).toBe(NEED_MORE);
    expect(inspect(record(fragment(BODY, 0, BODY.length, 1, 1)))).toBe(FOUND);
    expect(name()).toBe('dtls.example');
  });

  it('recognises other records only when they fill the datagram', () => {
    const data = record(Buffer.alloc(60, 7), 23, 0xfefd, 1);
    expect(inspect(data)).toBe(FOUND);
    expect(name()).toBeNull();
    expect(inspect(Buffer.concat([data, data]))).toBe(FOUND);
    expect(inspect(Buffer.concat([data, Buffer.alloc(20)]))).toBe(NOT_MINE);
    expect(inspect(data.subarray(0, data.length - 1))).toBe(NOT_MINE);
    expect(inspect(Buffer.from('16fefd', 'hex'))).toBe(NOT_MINE);
  });

  it('survives truncation and random bytes', () => {
    const whole = record(fragment(BODY, 0, BODY.length));
    for (let len = 0; len < whole.length; len++) {
      context.state = undefined;
      expect(inspect(whole.subarray(0, len))).not.toBe(FOUND);
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.nat(200),
        fc.nat(255),
        fc.boolean(),
        (bytes, at, value, final) => {
          context.state = undefined;
          const mutated = Buffer.from(whole);
          if (at < mutated.length) mutated[at] = value;
          inspect(mutated, final);
          inspect(record(Buffer.from(bytes)), final);
          inspect(Buffer.from(bytes), final);
          if (finding.nameBuf !== null) expect(finding.nameEnd).toBeLessThanOrEqual(finding.nameBuf.length);
        },
      ),
    );
  });
});
