import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { type AddressInfo, createConnection, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { http2Inspector } from '../../../../src/core/inspect/http2/http2-inspector.js';
import {
  Finding,
  FOUND,
  InspectContext,
  NEED_MORE,
  NOT_MINE,
  TO_INITIATOR,
} from '../../../../src/core/inspect/inspector.js';
import { Prng } from '../../../forge/prng.js';
import { headersFrames, http2Frame, PREFACE, settingsFrame } from './http2-bytes.js';

/**
 * All names of a client's stream, shown as the engine would: what is left behind every answer, cut every `step` bytes.
 */
function namesOf(stream: Buffer, step = stream.length): string[] {
  const context = new InspectContext();
  const finding = new Finding();
  const names: string[] = [];
  let at = 0;
  for (let end = Math.min(step, stream.length); ; end = Math.min(end + step, stream.length)) {
    while (at < end) {
      finding.reset();
      const status = http2Inspector.inspect(stream, at, end, context, finding);
      if (status !== FOUND) break;
      expect(finding.consumedEnd).toBeGreaterThan(at);
      if (finding.nameBuf !== null) names.push(finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd));
      at = finding.consumedEnd;
    }
    if (end === stream.length) break;
  }
  http2Inspector.end?.(context.state);
  return names;
}

function status(bytes: Buffer, final = false): number {
  const context = new InspectContext();
  context.final = final;
  return http2Inspector.inspect(bytes, 0, bytes.length, context, new Finding());
}

/**
 * All findings in `bytes`, shown whole between `before` and `behind`, with offsets counted from where they begin. Expects
 * the names to lie within their buffer and each answer to consume something.
 */
function findingsIn(bytes: Buffer, before: Buffer, behind: Buffer): { name: string | null; consumedEnd: number }[] {
  const buf = Buffer.concat([before, bytes, behind]);
  const start = before.length;
  const end = start + bytes.length;
  const context = new InspectContext();
  context.final = true;
  const finding = new Finding();
  const found: { name: string | null; consumedEnd: number }[] = [];
  for (let at = start; at < end; ) {
    finding.reset();
    const status = http2Inspector.inspect(buf, at, end, context, finding);
    // No more can come, and the frames are HTTP/2's by their preface.
    expect([NOT_MINE, FOUND]).toContain(status);
    if (status !== FOUND) break;
    const { nameBuf, nameStart, nameEnd, consumedEnd } = finding;
    if (nameBuf !== null) {
      expect(nameStart).toBeGreaterThanOrEqual(0);
      expect(nameEnd).toBeGreaterThan(nameStart);
      expect(nameEnd).toBeLessThanOrEqual(nameBuf.length);
    }
    const name = nameBuf === null ? null : nameBuf.toString('latin1', nameStart, nameEnd);
    found.push({ name, consumedEnd: consumedEnd === -1 ? -1 : consumedEnd - start });
    if (consumedEnd === -1) break;
    expect(consumedEnd).toBeGreaterThan(at);
    at = consumedEnd;
  }
  http2Inspector.end?.(context.state);
  return found;
}

const THREE = Buffer.concat([
  PREFACE,
  settingsFrame(),
  headersFrames(1, 'one.example:8080'),
  http2Frame(0, 0, 1, Buffer.alloc(700, 0x41)),
  headersFrames(3, 'user:secret@two.example', { padding: 9, priority: true }),
  http2Frame(8, 0, 0, Buffer.from([0, 0, 1, 0])),
  headersFrames(5, 'three.example', { fragments: 5 }),
]);

describe('http2Inspector', () => {
  it('reads the authority of every request, whatever the cuts', () => {
    const names = ['one.example', 'two.example', 'three.example'];
    expect(namesOf(THREE)).toEqual(names);
    for (const step of [1, 2, 7, 9, 10, 33, 100, 701]) expect(namesOf(THREE, step)).toEqual(names);
  });

  it.each([
    [
      'frames of unknown types',
      http2Frame(0x68, 0, 0, Buffer.from('grease')),
      http2Frame(0xff, 9, 7, Buffer.alloc(16_384)),
    ],
    ['the reserved bit of a stream identifier', http2Frame(8, 0, 0x8000_0000, Buffer.alloc(4))],
    ['a block of a hundred frames', headersFrames(1, 'first.example'.repeat(9), { fragments: 100 })],
  ] as [string, ...Buffer[]][])('reads on behind %s', (_, ...frames) => {
    const stream = Buffer.concat([PREFACE, settingsFrame(), ...frames, headersFrames(9, 'behind.example')]);
    for (const step of [stream.length, 1, 9, 50]) expect(namesOf(stream, step).at(-1)).toBe('behind.example');
  });

  it('reads a block of more frames than anybody sends', () => {
    const authority = 'first.example'.repeat(9);
    const stream = Buffer.concat([PREFACE, settingsFrame(), headersFrames(1, authority, { fragments: 100 })]);
    expect(namesOf(stream)).toEqual([authority]);
  });

  it('answers every cut of its preface by asking for more, and other bytes by refusing', () => {
    for (let len = 1; len < PREFACE.length; len++) {
      expect(status(PREFACE.subarray(0, len))).toBe(NEED_MORE);
      expect(status(PREFACE.subarray(0, len), true)).toBe(NOT_MINE);
    }
    expect(status(Buffer.from('PRI * HTTP/1.1\r\n\r\n'))).toBe(NOT_MINE);
    expect(status(PREFACE)).toBe(FOUND);
  });

  it('passes over the server, and finds frames again after lost bytes', () => {
    const context = new InspectContext();
    const finding = new Finding();
    http2Inspector.inspect(PREFACE, 0, PREFACE.length, context, finding);
    context.direction = TO_INITIATOR;
    const answer = headersFrames(1, 'server.example');
    finding.reset();
    expect(http2Inspector.inspect(answer, 0, answer.length, context, finding)).toBe(FOUND);
    expect(finding.nameBuf).toBeNull();
    context.direction = 0;
    const noise = new Prng('lost').bytes(200);
    expect(http2Inspector.inspect(noise, 0, noise.length, context, finding)).toBe(NOT_MINE);
    const later = headersFrames(7, 'later.example');
    finding.reset();
    expect(http2Inspector.inspect(later, 0, later.length, context, finding)).toBe(FOUND);
    expect(finding.nameBuf?.toString('latin1', finding.nameStart, finding.nameEnd)).toBe('later.example');
  });

  it('bounds header blocks: endless CONTINUATION frames and huge frames end in nothing', () => {
    const frames = [PREFACE, http2Frame(1, 0, 1, Buffer.alloc(10))];
    for (let n = 0; n < 500; n++) frames.push(http2Frame(9, 0, 1, Buffer.alloc(1000)));
    frames.push(http2Frame(9, 4, 1, Buffer.alloc(10)), headersFrames(3, 'after.example'));
    expect(namesOf(Buffer.concat(frames))).toEqual(['after.example']);
  });

  it('finds the same in noise behind the preface, wherever it lies and whatever came before', () => {
    const random = new Prng('http2');
    let names = 0;
    for (let n = 0; n < 2000; n++) {
      const noise = random.bytes(random.int(200));
      // Plausible frame headers get further in.
      if (noise.length > 9 && n % 2 === 0) {
        noise.writeUIntBE(random.int(60), 0, 3);
        noise[3] = random.int(10);
        noise.writeUInt32BE(random.int(8), 5);
      }
      const request = headersFrames(1, `n${n}.example`, { fragments: 1 + random.int(3) });
      const whole = Buffer.concat([PREFACE, n % 3 === 0 ? request : Buffer.alloc(0), noise, request]);
      const bytes = whole.subarray(0, PREFACE.length + random.int(whole.length - PREFACE.length));
      const findings = findingsIn(bytes, Buffer.alloc(3, 0xc3), Buffer.alloc(300, 0xc3));
      // With the rest of the stream behind the end, which is not to be read.
      expect(findingsIn(bytes, request, whole.subarray(bytes.length))).toEqual(findings);
      if (n % 3 === 0 && bytes.length >= PREFACE.length + request.length)
        expect(findings[0]!.name).toBe(`n${n}.example`);
      for (const { name } of findings) if (name !== null) names++;
    }
    expect(names).toBeGreaterThan(400);
  });

  it("reads what Node's own client writes: indexed, Huffman-coded, over many requests", async () => {
    const server = createServer();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sent: Buffer[] = [];
    const relay = createTcpServer((client) => {
      const upstream = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
      client.on('data', (chunk) => {
        sent.push(chunk);
        upstream.write(chunk);
      });
      upstream.pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const session = connect(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`);
    const hosts = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 'www.youtube.com' : `Host-${n}.example.org`));
    for (const host of hosts) {
      const request = session.request({
        ':authority': host,
        ':path': `/${'~!"#$%&\'()*+,-./:;<=>?@[]^_`{|}'.repeat(3)}`,
        'x-bytes': Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(''),
        'x-filler': host.repeat(12),
      });
      request.resume();
      await once(request, 'end');
    }
    session.close();
    await once(session, 'close');
    relay.close();
    server.close();
    expect(namesOf(Buffer.concat(sent))).toEqual(hosts);
    expect(namesOf(Buffer.concat(sent), 1460)).toEqual(hosts);
  });
});
