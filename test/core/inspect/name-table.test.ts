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
    expect(table.appEntry[id]).toBe(UNCLASSIFIED);
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
});
