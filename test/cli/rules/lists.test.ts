import { describe, expect, it } from 'vitest';
import { decodeList, refuseBinary } from '../../../src/cli/rules/lists/decode-list.js';
import { detectFormat, LIST_FORMATS, parseList } from '../../../src/cli/rules/lists/parse-list.js';

const META = { comment: null, expiresMs: null, createdMs: 0 };

function read(name: string, ...lines: string[]): { rules: string[]; rejected: string[] } {
  const format = LIST_FORMATS.find((one) => one.name === name)!;
  const { groups, rejected } = parseList(lines.join('\n'), format, META);
  return {
    rules: groups.flatMap(({ type, action, values }) => Array.from(values, (value) => `${action} ${type}:${value}`)),
    rejected: rejected.map(({ line, reason }) => `${line}: ${reason}`),
  };
}

describe('hosts files', () => {
  it('block exact names', () => {
    const { rules, rejected } = read(
      'hosts',
      '# comment',
      '',
      '127.0.0.1 localhost localhost.localdomain',
      '::1 ip6-localhost ip6-loopback',
      'ff02::1 ip6-allnodes',
      '255.255.255.255 broadcasthost',
      '0.0.0.0 0.0.0.0',
      '  0.0.0.0\tads.example  Track.Example # both',
      '::1 six.example',
      '0.0.0.0 bücher.example\r',
    );
    expect(rules).toEqual([
      'block domain:=ads.example',
      'block domain:=track.example',
      'block domain:=six.example',
      'block domain:=xn--bcher-kva.example',
    ]);
    expect(rejected).toEqual([]);
  });

  it('report what blocks nothing', () => {
    const { rules, rejected } = read(
      'hosts',
      '192.0.2.7 nas.example',
      '0.0.0.0',
      '0.0.0.0 a..b',
      'ads.example',
      '0.0.0.0 *.a.example',
    );
    expect(rules).toEqual([]);
    expect(rejected).toEqual([
      '1: it gives nas.example the address 192.0.2.7, which blocks nothing',
      '2: the name behind the address is missing',
      "3: 'a..b' is not a domain name",
      '4: it does not begin with an address',
      "5: '*.a.example' is not a domain name",
    ]);
  });
});

describe('domain lists', () => {
  it('take domains, addresses and prefixes', () => {
    const { rules, rejected } = read(
      'domains',
      '! c',
      '; c',
      '# c',
      'a.example # why',
      '.B.example',
      '=c.example',
      '*.d.example',
      '192.0.2.1',
      '2001:DB8::/32',
      'a b',
      'http://x.example/',
      '443',
    );
    expect(rules).toEqual([
      'block domain:a.example',
      'block domain:b.example',
      'block domain:=c.example',
      'block domain:*.d.example',
      'block ip:192.0.2.1',
      'block ip:2001:db8::/32',
    ]);
    expect(rejected.map((line) => line.split(':')[0])).toEqual(['10', '11', '12']);
  });
});

describe('AdGuard lists', () => {
  it('become rules where they speak of whole hosts', () => {
    const { rules, rejected } = read(
      'adguard',
      '[Adblock Plus 2.0]',
      '! c',
      '# c',
      '||ads.example^',
      '||*.sub.example^',
      '|exact.example^',
      '|exact.example|',
      '||last.example^|',
      '@@||good.example^',
      '||192.0.2.1^',
      '0.0.0.0 hosts.example',
      'Plain.example',
      'bücher.example # with a comment',
      '192.0.2.2',
    );
    expect(rejected).toEqual([]);
    expect(rules.sort()).toEqual([
      'allow domain:good.example',
      'block domain:*.sub.example',
      'block domain:=exact.example',
      'block domain:=exact.example',
      'block domain:=hosts.example',
      'block domain:=plain.example',
      'block domain:=xn--bcher-kva.example',
      'block domain:ads.example',
      'block domain:last.example',
      'block ip:192.0.2.1',
      'block ip:192.0.2.2',
    ]);
  });

  it.each([
    ['example.com##.banner', 'hides a part of pages'],
    ['example.com#@#.banner', 'hides a part of pages'],
    ['##.banner', 'hides a part of pages'],
    ['||ads.example^$third-party', "modifier '$third-party'"],
    ['@@||ads.example^$important', "modifier '$important'"],
    ['/ads[0-9]+/', 'regular expression'],
    ['/banner/', 'regular expression or a path'],
    ['ads.example/banner', "without '||' in front"],
    ['ads*.example', "without '||' in front"],
    ['-ad-300x250.', "without '||' in front"],
    ['||ads.example', "without '^' at the end"],
    ['||ads.example/banner^', 'matches a path'],
    ['||ads*.example^', 'wildcard within the name'],
    ['||ads.^', 'is not a domain name'.slice(0, 8)],
  ])('report %s', (line, reason) => {
    const { rules, rejected } = read('adguard', line);
    if (line === '||ads.^') return expect(rules).toEqual(['block domain:ads']);
    expect(rules).toEqual([]);
    expect(rejected[0]).toContain(reason);
  });
});

describe('detectFormat', () => {
  it.each([
    ['{"rules":[]}', 'json'],
    ['[{"type":"ip"}]', 'json'],
    ['[Adblock Plus 2.0]\n||a.example^', 'adguard'],
    ['! x\n@@||a.example^\n0.0.0.0 b.example', 'adguard'],
    ['# x\n127.0.0.1 localhost\n0.0.0.0 a.example', 'hosts'],
    ['# x\na.example\nb.example', 'domains'],
    ['192.0.2.0/24\n', 'domains'],
    ['', null],
    ['\u0000\u0001 binary', null],
  ])('%j is %s', (text, name) => {
    expect(detectFormat(text)).toBe(name);
  });
});

it('reads any text without throwing, and accounts for every line', () => {
  let seed = 11;
  const random = (most: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % most;
  };
  const bits = [
    '||',
    '^',
    '@@',
    '|',
    '$',
    '#',
    '##',
    '!',
    '0.0.0.0',
    '::1',
    ' ',
    '\t',
    'a.example',
    '*.',
    '=',
    '/',
    '.',
    'ü',
    '\u202e',
    '\u0000',
  ];
  for (const format of LIST_FORMATS) {
    for (let i = 0; i < 5000; i++) {
      let line = '';
      for (let n = random(6); n > 0; n--) line += bits[random(bits.length)];
      const { lines, rejectedLines } = parseList(line, format, META);
      expect(rejectedLines).toBeLessThanOrEqual(lines);
    }
  }
});

describe('decodeList', () => {
  const text = '||ads.example^\r\nbücher.example\n';

  it('reads UTF-8, and UTF-16 with a byte order mark', () => {
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    expect(decodeList(Buffer.from(text))).toBe(text);
    expect(decodeList(Buffer.from(`\ufeff${text}`))).toBe(text);
    expect(decodeList(Buffer.concat([Buffer.from([0xff, 0xfe]), little]))).toBe(text);
    expect(decodeList(Buffer.concat([Buffer.from([0xfe, 0xff]), big]))).toBe(text);
    // A byte too many at the end.
    expect(decodeList(Buffer.concat([Buffer.from([0xfe, 0xff]), big, Buffer.from([0])]))).toBe(text);
    for (const len of [0, 1]) expect(decodeList(Buffer.alloc(len))).toHaveLength(len);
  });

  it('refuses UTF-16 without a mark, and other bytes that are no text', () => {
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])]) {
      expect(() => refuseBinary(decodeList(bytes), 'list.txt')).toThrow(
        'list.txt is not UTF-8 text, nor UTF-16 with a byte order mark: save it as UTF-8',
      );
    }
    refuseBinary(text, 'list.txt');
  });
});
