import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Finding,
  FOUND,
  InspectContext,
  type InspectStatus,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
} from '../../../../src/core/inspect/inspector.js';
import { tlsInspector } from '../../../../src/core/inspect/tls/tls.js';
import { helloMessage, record, u16 } from './hello-bytes.js';

const finding = new Finding();
const context = new InspectContext();

function inspect(bytes: Buffer, final = false): InspectStatus {
  // Other bytes around, so that a read outside the range would show.
  const buf = Buffer.concat([Buffer.alloc(3, 0x16), bytes, Buffer.alloc(3, 0x16)]);
  finding.reset();
  context.final = final;
  return tlsInspector.inspect(buf, 3, 3 + bytes.length, context, finding);
}

function name(): string | null {
  return finding.nameBuf === null ? null : finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd);
}

/** Shows ever longer beginnings as the engine does, asking again only from `neededLen` on; returns the calls made. */
function feed(bytes: Buffer, step: number): number {
  let calls = 0;
  let needed = 1;
  for (let len = step; ; len += step) {
    const shown = Math.min(len, bytes.length);
    if (shown >= needed) {
      calls++;
      const status = inspect(bytes.subarray(0, shown));
      if (status === FOUND) return calls;
      expect(status).toBe(NEED_MORE);
      expect(finding.neededLen).toBeGreaterThan(shown);
      expect(finding.neededLen).toBeLessThanOrEqual(bytes.length);
      needed = finding.neededLen;
    }
    expect(shown).toBeLessThan(bytes.length);
  }
}

const MESSAGE = helloMessage({ name: 'www.example.org', alpn: ['h2', 'http/1.1'], versions: [0x0304, 0x0303] });
const HELLO = record(22, MESSAGE);

describe('tlsInspector', () => {
  it('finds the name in a one-record hello, in place', () => {
    expect(inspect(HELLO)).toBe(FOUND);
    expect(name()).toBe('www.example.org');
    expect(finding).toMatchObject({
      protocol: 'tls',
      role: ROLE_CLIENT,
      tlsVersion: 0x0304,
      alpn: 'h2',
      ech: false,
      nameEncrypted: false,
    });
  });

  it('needs the whole message at every shorter length, and says how much', () => {
    for (let len = 1; len < HELLO.length; len++) {
      expect(inspect(HELLO.subarray(0, len))).toBe(NEED_MORE);
      expect(finding.neededLen).toBeGreaterThan(len);
      expect(finding.neededLen).toBeLessThanOrEqual(HELLO.length);
    }
    expect(feed(HELLO, 1)).toBeLessThanOrEqual(4);
    expect(name()).toBe('www.example.org');
  });

  it('answers a hello cut at every length when nothing more will come', () => {
    const nameEnd = HELLO.indexOf('www.example.org') + 15;
    for (let len = 1; len < HELLO.length; len++) {
      expect(inspect(HELLO.subarray(0, len), true)).toBe(len < 9 ? NOT_MINE : FOUND);
      expect(name()).toBe(len >= nameEnd ? 'www.example.org' : null);
    }
  });

  it('joins a hello over two records, split anywhere, shown in any pieces', () => {
    for (let split = 1; split < MESSAGE.length; split++) {
      const bytes = Buffer.concat([record(22, MESSAGE.subarray(0, split)), record(22, MESSAGE.subarray(split))]);
      expect(inspect(bytes)).toBe(FOUND);
      expect(name()).toBe('www.example.org');
      expect(feed(bytes, split)).toBeLessThanOrEqual(6);
      expect(name()).toBe('www.example.org');
    }
  });

  it('joins one-byte records of a large hello without quadratic work', () => {
    const message = helloMessage({ name: 'big.example', paddingLen: 8_000 });
    const bytes = Buffer.concat(Array.from(message, (byte) => record(22, Buffer.from([byte]))));
    expect(feed(bytes, 1)).toBeLessThan(80);
    expect(name()).toBe('big.example');
  });

  it('reads a hello of 64 KiB over full records', () => {
    const message = helloMessage({ paddingLen: 65_100, name: 'x.example' });
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += 16_384) records.push(record(22, message.subarray(at, at + 16_384)));
    const bytes = Buffer.concat(records);
    expect(bytes.length).toBeLessThanOrEqual(tlsInspector.maxBufferedLen);
    expect(feed(bytes, 1_400)).toBeLessThan(12);
    expect(name()).toBe('x.example');
  });

  it('reads over empty handshake records, before the message and inside it', () => {
    const empty = record(22, Buffer.alloc(0));
    for (const count of [1, 2, 32]) {
      const bytes = Buffer.concat([...Array(count).fill(empty), HELLO]);
      expect(inspect(bytes)).toBe(FOUND);
      expect(name()).toBe('www.example.org');
      for (const step of [1, 3, 100]) feed(bytes, step);
      expect(name()).toBe('www.example.org');
    }
    for (let at = 1; at < MESSAGE.length; at++) {
      const parts = [record(22, MESSAGE.subarray(0, at)), empty, empty, record(22, MESSAGE.subarray(at))];
      expect(inspect(Buffer.concat(parts))).toBe(FOUND);
      expect(name()).toBe('www.example.org');
    }
    expect(inspect(empty, true)).toBe(NOT_MINE);
    expect(inspect(Buffer.concat(Array(40).fill(empty)))).toBe(NOT_MINE);
  });

  it('ignores the version of a record that holds a ClientHello', () => {
    for (const version of [0x0300, 0x0305, 0x03ff, 0x0000, 0x0403, 0xffff]) {
      const bytes = Buffer.from(HELLO);
      bytes.writeUInt16BE(version, 1);
      expect(inspect(bytes)).toBe(FOUND);
      expect(name()).toBe('www.example.org');
      if (version >> 8 === 3) feed(bytes, 1);
      const split = [record(22, MESSAGE.subarray(0, 50)), record(22, MESSAGE.subarray(50))];
      for (const one of split) one.writeUInt16BE(version, 1);
      if (version >> 8 === 3) expect([inspect(Buffer.concat(split)), name()]).toEqual([FOUND, 'www.example.org']);
      bytes[5] = 11;
      if (version !== 0x0300) expect(inspect(bytes)).toBe(NOT_MINE);
    }
    expect(inspect(Buffer.from('160305002010000000', 'hex'))).toBe(NOT_MINE);
  });

  it('reads a hello that is longer than any that is collected as far as its bytes are there', () => {
    const first = helloMessage({ name: 'first.example', paddingLen: 60_000 });
    const last = helloMessage({ paddingLen: 60_000, extra: [] });
    for (const [message, expected] of [
      [first, 'first.example'],
      [last, null],
    ] as const) {
      const huge = Buffer.concat([message, Buffer.alloc(20_000)]);
      huge.writeUIntBE(huge.length - 4, 1, 3);
      const records: Buffer[] = [];
      for (let at = 0; at < huge.length; at += 16_384) records.push(record(22, huge.subarray(at, at + 16_384)));
      const bytes = Buffer.concat(records);
      expect(inspect(bytes)).toBe(FOUND);
      expect(name()).toBe(expected);
      expect(inspect(bytes.subarray(0, 400), true)).toBe(FOUND);
      expect(name()).toBe(expected);
      expect(inspect(bytes.subarray(0, 400))).toBe(expected === null ? NEED_MORE : FOUND);
    }
  });

  it('gives what lies before another record that interrupts the message', () => {
    const bytes = Buffer.concat([record(22, MESSAGE.subarray(0, MESSAGE.length - 10)), record(23, Buffer.alloc(40))]);
    expect(inspect(bytes)).toBe(FOUND);
    expect(name()).toBe('www.example.org');
  });

  it('marks ECH, with the public name or without any name as encrypted', () => {
    const ech: [number, Buffer] = [0xfe0d, Buffer.alloc(200)];
    expect(inspect(record(22, helloMessage({ name: 'site.example', extra: [ech] })))).toBe(FOUND);
    expect(finding).toMatchObject({ ech: true, nameEncrypted: false });
    expect(inspect(record(22, helloMessage({ name: 'Cloudflare-ECH.com', extra: [ech] })))).toBe(FOUND);
    expect(finding).toMatchObject({ ech: true, nameEncrypted: true });
    expect(name()).toBe('Cloudflare-ECH.com');
    expect(inspect(record(22, helloMessage({ extra: [ech] })))).toBe(FOUND);
    expect(finding).toMatchObject({ ech: true, nameEncrypted: true, nameBuf: null });
    expect(inspect(record(22, helloMessage({ extra: [[0xffce, Buffer.alloc(9)]] })))).toBe(FOUND);
    expect(finding).toMatchObject({ ech: false, nameEncrypted: true });
    expect(inspect(record(22, helloMessage({})))).toBe(FOUND);
    expect(finding).toMatchObject({ ech: false, nameEncrypted: false, nameBuf: null });
  });

  it('recognises a ServerHello, alerts and the middle of a connection without a name', () => {
    const serverHello = Buffer.concat([
      Buffer.from([2, 0, 0, 70, 3, 3]),
      Buffer.alloc(32),
      Buffer.from([32]),
      Buffer.alloc(35),
    ]);
    const cases = [
      record(22, serverHello, 0x0303),
      record(21, Buffer.from([2, 40])),
      Buffer.concat([record(20, Buffer.from([1]), 0x0303), record(22, Buffer.alloc(40, 9), 0x0303)]),
      record(23, Buffer.alloc(1_000), 0x0303),
      Buffer.concat([record(23, Buffer.alloc(100), 0x0303), record(23, Buffer.alloc(9), 0x0303).subarray(0, 7)]),
    ];
    for (const bytes of cases) {
      expect(inspect(bytes)).toBe(FOUND);
      expect(finding.protocol).toBe('tls');
      expect(finding.nameBuf).toBeNull();
    }
    expect(inspect(record(23, Buffer.alloc(1_000), 0x0303).subarray(0, 500))).toBe(NEED_MORE);
    expect(finding.neededLen).toBe(1_005);
  });

  it('is not taken in by other protocols', () => {
    const cases = [
      Buffer.from('GET / HTTP/1.1\r\n'),
      Buffer.from('160203', 'hex'),
      Buffer.from('16030100000100', 'hex'),
      Buffer.from('1603014aff01', 'hex'),
      Buffer.from('160301004001ffffff0303', 'hex'),
      Buffer.from('160301004001000038ff03', 'hex'),
      record(21, Buffer.from([9, 9])),
      record(20, Buffer.from([2])),
      Buffer.concat([record(23, Buffer.alloc(8), 0x0303), Buffer.from('SSH-2.0')]),
      Buffer.concat([record(23, Buffer.alloc(8), 0x0303), record(23, Buffer.alloc(8), 0x0302)]),
      Buffer.alloc(0),
    ];
    for (const bytes of cases) expect(inspect(bytes)).toBe(NOT_MINE);
  });

  it('calls a hello with impossible lengths malformed', () => {
    const bytes = Buffer.from(HELLO);
    bytes[9 + 34 + 33 + 1] = 7;
    expect(inspect(bytes)).toBe(MALFORMED);
  });

  it('reads SSL 2.0 hellos only when every length agrees', () => {
    const hello = Buffer.concat([
      Buffer.from([0x80, 0x2b, 1, 3, 1]),
      u16(18),
      u16(0),
      u16(16),
      Buffer.alloc(18, 0x2f),
      Buffer.alloc(16, 0x77),
    ]);
    expect(inspect(hello)).toBe(FOUND);
    expect(finding.tlsVersion).toBe(0x0301);
    expect(inspect(hello.subarray(0, 5))).toBe(NEED_MORE);
    for (const [at, value] of [
      [1, 0x2c],
      [2, 2],
      [3, 4],
      [6, 17],
      [8, 5],
      [10, 3],
    ] as const) {
      const bad = Buffer.from(hello);
      bad[at] = value;
      expect(inspect(bad)).toBe(NOT_MINE);
    }
  });

  it('survives random and mutated bytes, with offsets inside', () => {
    const seeds = [HELLO, Buffer.concat([record(22, MESSAGE.subarray(0, 60)), record(22, MESSAGE.subarray(60))])];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.boolean(),
        (seed, changes, bytes, final) => {
          const mutated = Buffer.from(seed);
          for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
          const head = Buffer.from([0x16, 3, 1, 0, 70, 1]);
          for (const buf of [mutated, Buffer.from(bytes), Buffer.concat([head, bytes])]) {
            const status = inspect(buf, final);
            if (status === NEED_MORE) expect(finding.neededLen).toBeGreaterThan(buf.length);
            if (final) expect(status).not.toBe(NEED_MORE);
            if (finding.nameBuf !== null) {
              expect(finding.nameEnd).toBeGreaterThan(finding.nameStart);
              expect(finding.nameEnd).toBeLessThanOrEqual(finding.nameBuf.length);
            }
          }
        },
      ),
    );
  });
});
