import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../../../../src/core/inspect/http2/hpack.js';
import { HuffmanDecoder } from '../../../../src/core/inspect/http2/huffman.js';
import { Prng } from '../../../forge/prng.js';

/** Header blocks of one connection, one after the other; the host that each names. */
function hosts(...blocks: string[]): string[] {
  const decoder = new HpackDecoder();
  return blocks.map((block) => {
    const bytes = Buffer.from(block.replace(/\s+/g, ''), 'hex');
    return decoder.decode(bytes, 0, bytes.length) ? decoder.host.toString('latin1', 0, decoder.hostLen) : 'broken';
  });
}

function huffman(digits: string): string | number {
  const from = Buffer.from(digits.replace(/\s+/g, ''), 'hex');
  const to = Buffer.alloc(256);
  const len = new HuffmanDecoder().decode(from, 0, from.length, to);
  return len < 0 ? len : to.toString('latin1', 0, len);
}

describe('Huffman code (RFC 7541 appendix C.4, C.6)', () => {
  it.each([
    ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
    ['a8eb 1064 9cbf', 'no-cache'],
    ['25a8 49e9 5ba9 7d7f', 'custom-key'],
    ['25a8 49e9 5bb8 e8b4 bf', 'custom-value'],
    ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    [
      '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    ],
  ])('%s', (digits, text) => expect(huffman(digits)).toBe(text));

  it('refuses EOS, padding of eight bits and padding that is not EOS', () => {
    expect(huffman('ffffffff')).toBe(-1);
    expect(huffman('f1e3c2e5f23a6ba0ab90f4ffff')).toBe(-1);
    expect(huffman('00')).toBe(-1);
  });
});

describe('HpackDecoder', () => {
  it('reads the requests of RFC 7541 appendix C.3, on one dynamic table', () => {
    expect(
      hosts(
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ),
    ).toEqual(['www.example.com', 'www.example.com', 'www.example.com']);
  });

  it('finds every entry of a table that grows and turns over', () => {
    const hex = (...parts: (number[] | string)[]) =>
      parts.map((part) => Buffer.from(part as string).toString('hex')).join('');
    const integer = (first: number, prefix: number, value: number) => {
      const mask = (1 << prefix) - 1;
      if (value < mask) return [first | value];
      const bytes = [first | mask];
      let rest = value - mask;
      for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
      return [...bytes, rest];
    };
    for (const tableLen of [4_096, 65_536]) {
      const names = Array.from({ length: 1_500 }, (_, n) => `h${n}.example`);
      const room = Math.floor(tableLen / (32 + 10 + names.at(-1)!.length));
      const resize = hex(integer(0x20, 5, tableLen));
      const inserts = names.map((name) => hex([0x41, name.length], name));
      const lookups = Array.from({ length: Math.min(room, 1_000) }, (_, n) => n);
      const blocks = [resize, ...inserts, ...lookups.map((n) => hex(integer(0x80, 7, 62 + n)))];
      expect(hosts(...blocks).slice(1)).toEqual([...names, ...lookups.map((n) => names[names.length - 1 - n])]);
    }
  });

  it('reads the requests of appendix C.4, in Huffman code', () => {
    expect(
      hosts(
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ),
    ).toEqual(['www.example.com', 'www.example.com', 'www.example.com']);
  });

  it('takes :authority before host, and host without one', () => {
    const host = '0004686f7374 05612e636f6d';
    const authority = '010562 2e636f6d'.replace(/\s/g, '');
    expect(hosts(host + authority, authority + host, host)).toEqual(['b.com', 'b.com', 'a.com']);
  });

  it('evicts by size as the table shrinks, and refuses indexes into nothing', () => {
    // :authority a.com enters the table, which then shrinks to nothing: index 62 is gone.
    expect(hosts('4105612e636f6d', 'be', '20be')).toEqual(['a.com', 'a.com', 'broken']);
  });

  it('knows literals but no dynamic entries once a block was lost', () => {
    const decoder = new HpackDecoder();
    const read = (digits: string): string => {
      const bytes = Buffer.from(digits, 'hex');
      decoder.decode(bytes, 0, bytes.length);
      return decoder.host.toString('latin1', 0, decoder.hostLen);
    };
    expect(read('4105612e636f6d')).toBe('a.com');
    decoder.loseTrack();
    expect(read('be')).toBe('');
    expect(read('82410562 2e636f6d'.replace(' ', ''))).toBe('b.com');
  });

  it('survives cut blocks and noise', () => {
    const block = Buffer.from('828684418cf1e3c2e5f23a6ba0ab90f4ff', 'hex');
    const random = new Prng('hpack');
    const decoder = new HpackDecoder();
    for (let end = 0; end <= block.length; end++) decoder.decode(block, 0, end);
    for (let n = 0; n < 3000; n++) {
      const noise = random.bytes(random.int(120));
      decoder.decode(noise, 0, noise.length);
      expect(decoder.hostLen).toBeLessThanOrEqual(decoder.host.length);
    }
  });
});
