import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientHello, parseClientHello } from '../../../../src/core/inspect/tls/client-hello.js';
import {
  type Fingerprint,
  Fingerprints,
  OVER_DTLS,
  OVER_QUIC,
  OVER_TCP,
} from '../../../../src/core/inspect/tls/fingerprint.js';
import { analyzed } from '../../../support/analyzed.js';
import { CORPUS, hasCorpus } from '../quic/corpus.js';
import { extension, helloBody, u16 } from './hello-bytes.js';

const hello = new ClientHello();

function fingerprint(body: Buffer, carrier = OVER_TCP, isDatagram = false): Fingerprint | null {
  parseClientHello(body, 0, body.length, hello, isDatagram);
  return new Fingerprints().of(body, hello, carrier);
}

function values(...list: number[]): Buffer {
  return Buffer.concat([u16(list.length * 2), ...list.map(u16)]);
}

/** A ClientHello body with these lists. */
function bodyOf(ciphers: number[], extensions: Buffer[], version = 0x0303): Buffer {
  const list = Buffer.concat(extensions);
  return Buffer.concat([
    u16(version),
    Buffer.alloc(32, 1),
    Buffer.from([0]),
    values(...ciphers),
    Buffer.from([1, 0]),
    u16(list.length),
    list,
  ]);
}

const CHROME_CIPHERS = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
  0x0035,
];
const SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

/** What JA4's description takes for its example: Chrome 110 or so. */
function chromeExtensions(): Buffer[] {
  const empty = Buffer.alloc(0);
  return [
    extension(0, Buffer.from('000c00000961.b.example'.slice(0, 12), 'latin1')),
    extension(0x0017, empty),
    extension(0xff01, Buffer.from([0])),
    extension(0x000a, values(0x3a3a, 0x001d, 0x0017, 0x0018)),
    extension(0x000b, Buffer.from([1, 0])),
    extension(0x0023, empty),
    extension(0x0010, Buffer.from('\x00\x0c\x02h2\x08http/1.1', 'latin1')),
    extension(0x0005, Buffer.from([1, 0, 0, 0, 0])),
    extension(0x000d, values(...SIGNATURES)),
    extension(0x0012, empty),
    extension(0x0033, Buffer.from([0, 0])),
    extension(0x002d, Buffer.from([1, 1])),
    extension(0x002b, Buffer.from([6, 0x5a, 0x5a, 3, 4, 3, 3])),
    extension(0x001b, Buffer.from([2, 0, 2])),
    extension(0x4469, Buffer.from([0, 3, 2, 0x68, 0x32])),
    extension(0x0015, Buffer.alloc(10)),
  ];
}

describe('JA4', () => {
  it("equals the published example, whatever the extensions' order and the GREASE values are", () => {
    const grease = extension(0x1a1a, Buffer.alloc(0));
    fc.assert(
      fc.property(fc.shuffledSubarray(chromeExtensions(), { minLength: 16 }), (extensions) => {
        const body = bodyOf([0x0a0a, ...CHROME_CIPHERS], [grease, ...extensions]);
        expect(fingerprint(body)!.ja4).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
        expect(fingerprint(body, OVER_QUIC)!.ja4).toBe('q13d1516h2_8daaf6152771_e5627efa2ab1');
      }),
      { numRuns: 20 },
    );
  });

  it('takes the hex digits of a protocol whose ends are no letters or digits', () => {
    const alpn = (name: Buffer) => {
      const list = Buffer.concat([Buffer.from([name.length]), name]);
      return fingerprint(bodyOf([0x1301], [extension(16, Buffer.concat([u16(list.length), list]))]))!.ja4.slice(8, 10);
    };
    expect(alpn(Buffer.from('h2'))).toBe('h2');
    expect(alpn(Buffer.from('h'))).toBe('hh');
    expect(alpn(Buffer.from('http/1.1'))).toBe('h1');
    expect(alpn(Buffer.from([0xab]))).toBe('ab');
    expect(alpn(Buffer.from([0xab, 0xcd]))).toBe('ad');
    expect(alpn(Buffer.from([0x30, 0xab]))).toBe('3b');
    expect(alpn(Buffer.from([0x30, 0xab, 0xcd, 0x31]))).toBe('01');
  });

  it('counts without a name, without extensions, and at most 99 suites', () => {
    expect(fingerprint(bodyOf([0x0004, 0x0005], [], 0x0301))!.ja4).toMatch(/^t10i020000_[0-9a-f]{12}_000000000000$/);
    const many = Array.from({ length: 200 }, (_, i) => i);
    expect(fingerprint(bodyOf(many, [], 0x0300))!.ja4).toMatch(/^ts3i990000_/);
    expect(fingerprint(bodyOf([0x1301], [extension(43, Buffer.from([2, 0x7f, 0x1c]))]))!.ja4).toMatch(/^t00i0101/);
  });

  it('knows DTLS versions, which count downwards', () => {
    const body = helloBody({ legacyVersion: 0xfefd, cookie: Buffer.alloc(0), versions: [0xfefd, 0xfefc] });
    expect(fingerprint(body, OVER_DTLS, true)!.ja4).toMatch(/^dd3i/);
    const old = helloBody({ legacyVersion: 0xfeff, cookie: Buffer.alloc(0) });
    expect(fingerprint(old, OVER_DTLS, true)!.ja4).toMatch(/^dd1i/);
  });

  it('is not made of a hello that is cut', () => {
    const body = bodyOf(CHROME_CIPHERS, chromeExtensions());
    // Before the extensions it might have ended in earlier days.
    const oldEnd = bodyOf(CHROME_CIPHERS, []).length - 2;
    for (let end = 0; end < body.length; end++) {
      if (end !== oldEnd) expect(fingerprint(body.subarray(0, end))).toBeNull();
    }
  });

  it('survives noise', () => {
    const fingerprints = new Fingerprints();
    const valid = bodyOf(CHROME_CIPHERS, chromeExtensions());
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const body = Buffer.from(valid);
        for (const [at, byte] of changes) body[at] = byte;
        parseClientHello(body, 0, body.length, hello);
        const made = fingerprints.of(body, hello, OVER_TCP);
        if (made !== null)
          expect(made.ja4).toMatch(/^t(\d\d|s[23]|d[123])[di]\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/);
      }),
      { numRuns: 500 },
    );
  });

  it('hands out the same fingerprint for the same hello, and another for another', () => {
    const fingerprints = new Fingerprints();
    const one = bodyOf(CHROME_CIPHERS, chromeExtensions());
    const other = bodyOf(CHROME_CIPHERS.slice(1), chromeExtensions());
    const read = (body: Buffer) => {
      parseClientHello(body, 0, body.length, hello);
      return fingerprints.of(body, hello, OVER_TCP);
    };
    const first = read(one);
    expect(read(one)).toBe(first);
    expect(read(other)!.ja4).not.toBe(first!.ja4);
    expect(read(one)).toEqual(first);
  });
});

describe('fingerprints of captures', () => {
  it('equal what tshark says of the samples', async () => {
    const ja3 = async (sample: string) => new Set((await analyzed(`samples/${sample}`)).flatMap((c) => c.ja3 ?? []));
    expect(await ja3('curl-tls12.pcap')).toEqual(new Set(['87b9bfc7da97115ed2276737b09f8d74']));
    expect(await ja3('curl-tls13.pcap')).toEqual(new Set(['0149f47eabf9a20d0893e2a44e5a6323']));
  });

  it('equal what Suricata expects of its JA4 captures', async () => {
    if (!hasCorpus) return console.warn('skipped: no corpus of captures');
    const captures = readdirSync(join(CORPUS, 'captures'));
    const manifest = readFileSync(join(CORPUS, 'manifest.tsv'), 'utf8').split('\n');
    const ja4 = async (test: string) => {
      const sha256 = manifest.map((line) => line.split('\t')).find((row) => row[2] === `tests/${test}/input.pcap`)![3]!;
      const file = captures.find((name) => name.startsWith(sha256))!;
      return (await analyzed(join(CORPUS, 'captures', file))).flatMap((c) => c.ja4 ?? []);
    };
    expect(await ja4('ja4-tls')).toEqual(['t12i1810s1_27d4652c4487_06a4338d0495']);
    expect(await ja4('ja4-quic')).toEqual(new Array(11).fill('q13d0310h3_55b375c5d22e_cd85d2d88918'));
  });
});
