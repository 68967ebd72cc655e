import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClientHello,
  HELLO_BROKEN,
  HELLO_CUT,
  HELLO_WHOLE,
  isGrease,
  parseClientHello,
} from '../../../../src/core/inspect/tls/client-hello.js';
import { isEchPublicName } from '../../../../src/core/inspect/tls/ech-public-names.js';
import { helloBody, serverName, u16 } from './hello-bytes.js';

const hello = new ClientHello();

function nameOf(body: Buffer): string | null {
  return hello.serverNameStart < 0 ? null : body.toString('latin1', hello.serverNameStart, hello.serverNameEnd);
}

describe('parseClientHello', () => {
  it('reads name, versions, ALPN, and the offsets that fingerprints need', () => {
    const body = helloBody({ name: 'www.example.org', alpn: ['\x0a\x0a', 'h2'], versions: [0x1a1a, 0x0304, 0x0303] });
    expect(parseClientHello(body, 0, body.length, hello)).toBe(HELLO_WHOLE);
    expect(nameOf(body)).toBe('www.example.org');
    expect(body.toString('latin1', hello.alpnStart, hello.alpnEnd)).toBe('h2');
    expect(hello.version).toBe(0x0304);
    expect(hello.legacyVersion).toBe(0x0303);
    expect(body.toString('hex', hello.cipherSuitesStart, hello.cipherSuitesEnd)).toBe('0a0a13011302');
    expect(hello.sessionIdEnd - hello.sessionIdStart).toBe(32);
    expect(hello.extensionsEnd).toBe(body.length);
    expect(hello.ech).toBe(false);
  });

  it('reads over any hole that leaves the name and the lengths before it, and nothing else', () => {
    const body = helloBody({ name: 'www.example.org', alpn: ['h2'], extra: [[21, Buffer.alloc(40)]] });
    const at = body.indexOf('www.example.org');
    for (let from = 0; from < body.length; from++) {
      for (const len of [1, 7]) {
        const noise = Buffer.from(body);
        noise.fill(0xff, from, Math.min(from + len, noise.length));
        const coverage = { has: (start: number, end: number) => end <= from || start >= from + len };
        parseClientHello(noise, 0, noise.length, hello, false, coverage);
        const touchesName = from < at + 15 && from + len > at;
        if (touchesName) expect(nameOf(noise), `hole at ${from}`).toBeNull();
        else expect([null, 'www.example.org']).toContain(nameOf(noise));
        if (from > at + 15) expect(nameOf(noise)).toBe('www.example.org');
        // The random hides nothing.
        if (from >= 2 && from + len <= 34) expect(nameOf(noise)).toBe('www.example.org');
      }
    }
  });

  it('accepts hellos without extensions, as before TLS 1.2', () => {
    const whole = helloBody({ sessionIdLen: 0, legacyVersion: 0x0301 });
    const body = whole.subarray(0, 2 + 32 + 1 + 2 + 6 + 2);
    expect(parseClientHello(body, 0, body.length, hello)).toBe(HELLO_WHOLE);
    expect(hello.version).toBe(0x0301);
    expect(hello.extensionsStart).toBe(-1);
  });

  it('takes the first host_name, passes over other name types, and has no empty names', () => {
    const other = Buffer.from([9, 0, 1, 0x78, 0, 0, 3, 0x61, 0x2e, 0x62]);
    const body = helloBody({ extra: [[0, Buffer.concat([u16(other.length), other])]] });
    parseClientHello(body, 0, body.length, hello);
    expect(nameOf(body)).toBe('a.b');

    const empty = helloBody({ name: '' });
    expect(parseClientHello(empty, 0, empty.length, hello)).toBe(HELLO_WHOLE);
    expect(nameOf(empty)).toBeNull();
  });

  it('tells outer from inner ECH, and knows ESNI and the drafts', () => {
    const outer = helloBody({ name: 'a.b', extra: [[0xfe0d, Buffer.alloc(40)]] });
    parseClientHello(outer, 0, outer.length, hello);
    expect(hello.ech).toBe(true);
    const inner = helloBody({ name: 'a.b', extra: [[0xfe0d, Buffer.from([1])]] });
    parseClientHello(inner, 0, inner.length, hello);
    expect(hello.ech).toBe(false);
    const draft = helloBody({ extra: [[0xfe0a, Buffer.alloc(8)]] });
    parseClientHello(draft, 0, draft.length, hello);
    expect(hello.ech).toBe(true);
    const esni = helloBody({ extra: [[0xffce, Buffer.alloc(8)]] });
    parseClientHello(esni, 0, esni.length, hello);
    expect(hello.esni).toBe(true);
  });

  it('rejects what contradicts the format', () => {
    const body = helloBody({ name: 'a.b' });
    for (const [at, value] of [
      [0, 2],
      [34, 33],
      [2 + 32 + 1 + 32 + 1, 7],
    ] as const) {
      const bad = Buffer.from(body);
      bad[at] = value;
      expect(parseClientHello(bad, 0, bad.length, hello)).toBe(HELLO_BROKEN);
    }
  });

  it('gives the name from the moment its last byte is there, at every length', () => {
    const body = helloBody({ name: 'cut.example', alpn: ['h2'], versions: [0x0304] });
    const nameEnd = body.indexOf('cut.example') + 'cut.example'.length;
    for (let len = 0; len < body.length; len++) {
      const status = parseClientHello(body, 0, len, hello);
      // Behind the compression methods a hello may end.
      expect(status).toBe(len === hello.compressionEnd ? HELLO_WHOLE : HELLO_CUT);
      expect(nameOf(body)).toBe(len >= nameEnd ? 'cut.example' : null);
      expect(hello.extensionsEnd).toBeLessThanOrEqual(len);
    }
  });

  it('stays in bounds on random and on mutated bytes', () => {
    const body = Buffer.concat([helloBody({ name: 'a.example', alpn: ['h2'], versions: [0x0304] }), serverName('x')]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(body.length - 1), fc.nat(255), (bytes, at, value) => {
        const mutated = Buffer.from(body);
        mutated[at] = value;
        for (const buf of [Buffer.from(bytes), Buffer.concat([Buffer.from([3, 3]), bytes]), mutated]) {
          parseClientHello(buf, 0, buf.length, hello);
          expect(hello.serverNameEnd).toBeLessThanOrEqual(buf.length);
          expect(hello.alpnEnd).toBeLessThanOrEqual(buf.length);
          if (hello.serverNameStart >= 0) expect(hello.serverNameEnd).toBeGreaterThan(hello.serverNameStart);
        }
      }),
    );
  });

  it('knows GREASE values', () => {
    expect(isGrease(0xfafa)).toBe(true);
    expect(isGrease(0x0a1a)).toBe(false);
    expect(isGrease(0x1301)).toBe(false);
  });

  it('compares public names without case and final dot', () => {
    const buf = Buffer.from('xCloudFlare-ECH.com.y');
    expect(isEchPublicName(buf, 1, buf.length - 1)).toBe(true);
    expect(isEchPublicName(buf, 1, buf.length - 2)).toBe(true);
    expect(isEchPublicName(buf, 0, buf.length - 1)).toBe(false);
    expect(isEchPublicName(buf, 1, 1)).toBe(false);
  });

  it('reads the hello that this Node itself sends', () => {
    const script = `const tls=require('tls'),net=require('net');const s=net.createServer(c=>c.once('data',d=>{
      process.stdout.write(d.toString('hex'));process.exit(0)})).listen(0,'127.0.0.1',()=>tls.connect({host:'127.0.0.1',
      port:s.address().port,servername:'node.example',ALPNProtocols:['h2']}).on('error',()=>{}))`;
    const bytes = Buffer.from(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }), 'hex');
    expect(parseClientHello(bytes, 9, bytes.length, hello)).toBe(HELLO_WHOLE);
    expect(nameOf(bytes)).toBe('node.example');
    expect(hello.version).toBe(0x0304);
  });
});
