/** Hostile names must not make a page of gigabytes, nor a string that is longer than V8 allows. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { analyze } from '../../src/index.js';
import { readReport } from '../../src/page/data/report-data.js';
import { PayloadBuilder } from '../../src/render/html/payload-builder.js';
import { TextCutter } from '../../src/render/html/text-cutter.js';

/** A name that no compression makes small. */
const longName = (len: number) => randomBytes(len / 2).toString('hex');

async function demo() {
  const { connections, ...summary } = await analyze('samples/demo.pcap');
  return { connection: connections[0]!, summary };
}

describe('the names of a page', () => {
  it('have bounds, one by one and in all', async () => {
    const { connection, summary } = await demo();
    const builder = new PayloadBuilder();
    const count = 10_000;
    // A new name of 4 kB in three places of each connection: 120 MB for so many.
    const name = longName(4096);
    for (let id = 1; id <= count; id++) {
      const domain = `${id}.${name}`;
      builder.add({ ...connection, id, domain, domains: [domain, `second.${domain}`] });
    }
    const packed = builder.packed({ summary, topConnections: [] });
    expect(packed.length).toBeLessThan(30 << 20);
    const data = await readReport(packed);
    expect(data.count).toBe(count);
    expect(data.payload.cutTexts).toBeGreaterThanOrEqual(3 * count);
    const texts = data.texts('domain').texts;
    const lists = data.lists('domains').lists.flat();
    expect(Math.max(...[...texts, ...lists].map((text) => text.length))).toBe(1024);
    expect([...texts, ...lists].reduce((sum, text) => sum + text.length, 0)).toBeLessThan(25 << 20);
    expect(texts.every((text) => text.endsWith('…'))).toBe(true);
    // Each keeps what tells it from the others.
    expect(texts.at(-1)).toMatch(/^\d+\.[\da-f]{50}/);
  });

  it('of a usual report are whole', async () => {
    const { connection, summary } = await demo();
    const builder = new PayloadBuilder();
    builder.add(connection);
    const { payload } = await readReport(builder.packed({ summary, topConnections: [] }));
    expect(payload.cutTexts).toBe(0);
  });

  it('are cut in the sums as well', async () => {
    const { summary } = await demo();
    const builder = new PayloadBuilder();
    const warnings = [longName(100_000)];
    const host = { ...summary.hosts[0]!, names: [{ name: longName(100_000), source: 'dhcp' as const }] };
    const packed = builder.packed({ summary: { ...summary, warnings, hosts: [host] }, topConnections: [] });
    expect(packed.length).toBeLessThan(20_000);
  });
});

describe('a cut record', () => {
  it('is a copy, with few items in each list', async () => {
    const { connection } = await demo();
    const domains = Array.from({ length: 100 }, (_, i) => `${i}.example`);
    const cutter = new TextCutter();
    const record: ConnectionRecord = { ...connection, domains };
    const copy = cutter.connection(record);
    domains.length = 0;
    expect(copy.domains).toHaveLength(64);
    expect(cutter.cut).toBe(1);
    expect({ ...copy, domains: [] }).toEqual({ ...record, domains: [] });
  });
});
