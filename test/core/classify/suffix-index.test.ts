import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SuffixIndex } from '../../../src/core/classify/suffix-index.js';

function match(index: SuffixIndex, host: string): number {
  const buf = Buffer.from(`..${host}.example`, 'latin1');
  return index.match(buf, 2, 2 + host.length);
}

/**
 * The same rules said slowly, with strings: base length decides, then exact, longest start, base alone, later entry.
 */
function reference(domains: readonly string[], host: string): number {
  let best = -1;
  let bestRank = [-1, -1, -1];
  for (const [i, domain] of domains.entries()) {
    const star = domain.indexOf('*');
    const ending = /^\*([^.]+)\./.exec(domain)?.[1] ?? null;
    const base = star >= 0 ? domain.slice(domain.indexOf('.', star) + 1) : domain.replace(/^=/, '');
    const below = host.endsWith(`.${base}`);
    let rank: number[] | null = null;
    if (domain.startsWith('=')) rank = host === base ? [base.length, 2, 0] : null;
    else if (star >= 0) {
      const dot = host.length - base.length - 1;
      const text = ending ?? domain.slice(0, star);
      const fits =
        ending === null ? host.slice(0, dot).startsWith(text) : host.slice(0, Math.max(dot, 0)).endsWith(text);
      rank = below && fits ? [base.length, 1, text.length] : null;
    } else if (host === base || below) rank = [base.length, 0, 0];
    if (rank === null) continue;
    const order = rank[0]! - bestRank[0]! || rank[1]! - bestRank[1]! || rank[2]! - bestRank[2]!;
    if (order >= 0) {
      best = i;
      bestRank = rank;
    }
  }
  return best;
}

describe('SuffixIndex', () => {
  const domains = [
    'youtube.com',
    'google.com',
    '=api.google.com',
    'maps.google.com',
    'ig*.cdn.net',
    'igx*.cdn.net',
    'cdn.net',
    '*-maps-com.cdn.net',
    '*com.cdn.net',
  ];
  const index = new SuffixIndex(domains);
  const found = (host: string): string | null => domains[match(index, host)] ?? null;

  it('matches at label boundaries only', () => {
    expect(found('youtube.com')).toBe('youtube.com');
    expect(found('www.youtube.com')).toBe('youtube.com');
    expect(found('notyoutube.com')).toBeNull();
    expect(found('youtube.com.evil.example')).toBeNull();
    expect(found('youtube.comx')).toBeNull();
    expect(found('com')).toBeNull();
    expect(found('')).toBeNull();
    expect(found('.')).toBeNull();
    expect(found('..youtube.com')).toBe('youtube.com');
  });

  it('lets the longest suffix win, and an exact name before it', () => {
    expect(found('a.maps.google.com')).toBe('maps.google.com');
    expect(found('xmaps.google.com')).toBe('google.com');
    expect(found('api.google.com')).toBe('=api.google.com');
    expect(found('v1.api.google.com')).toBe('google.com');
  });

  it('tries the longest start under a base before the base alone', () => {
    expect(found('ig-photos.cdn.net')).toBe('ig*.cdn.net');
    expect(found('igx-1.a.cdn.net')).toBe('igx*.cdn.net');
    expect(found('big.cdn.net')).toBe('cdn.net');
    expect(found('i.cdn.net')).toBe('cdn.net');
    expect(found('cdn.net')).toBe('cdn.net');
  });

  it('tries the longest ending under a base, too', () => {
    expect(found('img-maps-com.cdn.net')).toBe('*-maps-com.cdn.net');
    expect(found('a.b-maps-com.cdn.net')).toBe('*-maps-com.cdn.net');
    expect(found('igx-maps-com.cdn.net')).toBe('*-maps-com.cdn.net');
    expect(found('maps-com.cdn.net')).toBe('*com.cdn.net');
    expect(found('-maps-com.a.cdn.net')).toBe('cdn.net');
    expect(found('com.cdn.net')).toBe('*com.cdn.net');
  });

  it('leaves case to the caller', () => {
    expect(found('WWW.YOUTUBE.COM')).toBeNull();
    expect(found('WWW.YOUTUBE.COM'.toLowerCase())).toBe('youtube.com');
  });

  it('answers -1 when it is empty and takes names of any length', () => {
    expect(match(new SuffixIndex([]), 'youtube.com')).toBe(-1);
    expect(match(index, `${'a.'.repeat(5000)}youtube.com`)).toBe(0);
    expect(match(index, 'a'.repeat(5000))).toBe(-1);
  });

  it('agrees with a naive reference', () => {
    const label = fc.constantFrom('a', 'b', 'ab', 'abc', 'b-a');
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    const domain = fc.oneof(
      name,
      name.map((base) => `=${base}`),
      fc.tuple(fc.constantFrom('a', 'b', '-a', 'ab'), name).map(([end, base]) => `*${end}.${base}`),
      fc.tuple(fc.constantFrom('', 'a', 'ab', 'a.b', 'b'), name).map(([start, base]) => `${start}*.${base}`),
    );
    fc.assert(
      fc.property(
        fc.array(domain, { maxLength: 12 }),
        fc.array(name, { minLength: 1, maxLength: 8 }),
        (list, hosts) => {
          const built = new SuffixIndex(list);
          for (const host of hosts) {
            const expected = reference(list, host);
            expect(match(built, host), `${host} in ${list.join(' ')}`).toBe(expected);
            const buf = Buffer.from(host, 'latin1');
            expect(built.matchAll(buf, 0, buf.length)[0] ?? -1).toBe(expected);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('terminates on random bytes and stays inside them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const buf = Buffer.concat([Buffer.from('youtube.com'), Buffer.from(bytes), Buffer.from('youtube.com')]);
        const entry = index.match(buf, 11, buf.length - 11);
        expect(entry).toBe(match(index, Buffer.from(bytes).toString('latin1')));
      }),
    );
  });
});
