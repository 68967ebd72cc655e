import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NAME_LEN, NameTable, UNCLASSIFIED } from '../../../src/core/inspect/name-table.js';

function intern(table: NameTable, name: string | Buffer): number {
  const buf = Buffer.from(name);
  return table.intern(buf, 0, buf.length);
}

describe('NameTable', () => {
  it('knows a name by one id whatever its case and trailing dot', () => {
    const table = new NameTable(100, 9);
    const id = intern(table, 'WWW.Example.ORG.');
    expect(intern(table, 'www.example.org')).toBe(id);
    expect(table.text(id)).toBe('www.example.org');
    expect(table.appEntryOf(id)).toBe(UNCLASSIFIED);
    expect(intern(table, '')).toBe(0);
    expect(intern(table, '...')).toBe(0);
  });

  it('keeps fifty thousand names apart while it grows', () => {
    const table = new NameTable(1 << 20, 9);
    const ids = Array.from({ length: 50_000 }, (_, n) => intern(table, `host-${n}.example.net`));
    expect(new Set(ids).size).toBe(50_000);
    for (let n = 0; n < 50_000; n += 777) {
      expect(intern(table, `HOST-${n}.example.net`)).toBe(ids[n]);
      expect(table.text(ids[n]!)).toBe(`host-${n}.example.net`);
    }
  });

  it('refuses names beyond its bound and says how many', () => {
    const table = new NameTable(3, 9);
    expect(['a', 'b', 'c', 'd', 'e', 'a'].map((n) => intern(table, n))).toEqual([1, 2, 3, 0, 0, 1]);
    expect(table.refused).toBe(2);
  });

  it('cuts names of absurd length and survives any byte', () => {
    const table = new NameTable(100, 9);
    expect(table.text(intern(table, 'x'.repeat(100_000))).length).toBe(MAX_NAME_LEN);
    const wild = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(table.text(intern(table, wild))).toContain('\ufffd');
    expect(intern(table, wild)).toBe(intern(table, wild));
  });

  it('tells damaged names from sound ones', () => {
    const table = new NameTable(100, 1);
    const idOf = (bytes: Buffer): number => table.intern(bytes, 0, bytes.length);
    for (const name of ['www.example.org', '_sip._udp.example', 'münchen.example', 'with space']) {
      expect(table.isDamaged(idOf(Buffer.from(name)))).toBe(false);
    }
    for (const bytes of [Buffer.from('a\0b'), Buffer.from('a\u001b[31m'), Buffer.from([0x61, 0xff, 0x62])]) {
      expect(table.isDamaged(idOf(bytes))).toBe(true);
    }
  });

  it('forgets the names with the fewest bytes that nobody refers to, and gives their room to others', () => {
    const table = new NameTable(8, 9);
    const ids = Array.from({ length: 8 }, (_, n) => intern(table, `host-${n}.example`));
    ids.forEach((id, n) => {
      table.add(id, 2, n * 100);
    });
    expect(intern(table, 'late.example')).toBe(0);
    const pinned = new Uint8Array(table.size + 1);
    pinned[ids[0]!] = 1;
    table.forget(pinned);
    expect(ids.map((id) => table.isFree(id))).toEqual([false, true, true, true, true, false, false, false]);
    expect([table.used, table.forgotten, table.refused]).toEqual([4, 4, 1]);
    for (const n of [0, 5, 6, 7]) {
      expect(intern(table, `host-${n}.example`)).toBe(ids[n]);
      expect(table.text(ids[n]!)).toBe(`host-${n}.example`);
    }
    const fresh = intern(table, 'late.example');
    expect(ids.slice(1, 5)).toContain(fresh);
    expect([table.text(fresh), table.bytesOf(fresh), table.connectionsOf(fresh)]).toEqual(['late.example', 0, 0]);
    expect([table.packetsOf(ids[7]!), table.bytesOf(ids[7]!), table.connectionsOf(ids[7]!)]).toEqual([2, 700, 1]);
    expect(table.appEntryOf(fresh)).toBe(UNCLASSIFIED);
  });

  it('finds every name through any order of coming and going', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.boolean()), { maxLength: 400 }), fc.nat(), (steps, seed) => {
        const table = new NameTable(64, seed | 0);
        const known = new Map<string, number>();
        for (const [n, forgets] of steps) {
          const name = `${'x'.repeat(n % 40)}${n}.example`;
          const id = intern(table, name);
          if (id !== 0) known.set(name, id);
          if (!forgets || n % 7 !== 0) continue;
          const pinned = new Uint8Array(table.size + 1);
          for (const kept of known.values()) if (kept % 3 === 0) pinned[kept] = 1;
          table.forget(pinned);
          for (const [text, kept] of known) if (table.isFree(kept)) known.delete(text);
        }
        expect(table.used).toBe(known.size);
        for (const [name, id] of known) {
          expect(table.text(id)).toBe(name);
          expect(intern(table, name)).toBe(id);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('bounds the bytes of names as well as their number', () => {
    const table = new NameTable(16, 9);
    let taken = 0;
    for (let n = 0; n < 16; n++) if (intern(table, `${n}${'y'.repeat(1000)}`) !== 0) taken++;
    expect(taken).toBe(2);
  });
});
