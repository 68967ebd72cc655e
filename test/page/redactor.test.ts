/** `--redact`: no address of the capture is left in the page, and equal ones stay equal. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import type { NameBytes } from '../../src/core/report/name-bytes.js';
import { analyze } from '../../src/index.js';
import { commandOf } from '../../src/page/data/command.js';
import { readReport } from '../../src/page/data/report-data.js';
import { PayloadBuilder } from '../../src/render/html/payload-builder.js';
import { Redactor } from '../../src/render/html/redactor.js';
import { analyzeCaptures } from '../../src/usecases/analyze/analyze.js';
import { pageData } from './page-data.js';

const SAMPLES = resolve(import.meta.dirname, '../../samples');

describe('a text', () => {
  it.each([
    ['192.0.2.1', 'host-1'],
    ['from 192.0.2.1 to 198.51.100.7, and 192.0.2.1', 'from host-1 to host-2, and host-1'],
    ['192.0.2.1:443', 'host-1:443'],
    ['ip:192.0.2.0/24', 'ip:host-1/24'],
    ['2001:db8::1', 'host-1'],
    ['ip:2001:db8::1', 'ip:host-1'],
    ['ip:::1', 'ip:host-1'],
    ['from 2001:db8::1: refused', 'from host-1: refused'],
    ['[2001:db8::1]:443', '[host-1]:443'],
    ['::ffff:192.0.2.1', 'host-1'],
    ['2001:DB8::1 2001:db8::1', 'host-1 host-1'],
    ['ip-192-0-2-1.example.net', 'ip-host-1.example.net'],
    ['1.2.0.192.in-addr.arpa', 'host-1.arpa'],
    ['1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'host-1.arpa'],
    ['0e:c8:87:b3:39:91', '(MAC address)'],
  ])('%s becomes %s', (text, replaced) => {
    expect(new Redactor().text(text)).toBe(replaced);
  });

  it.each(['www.example.com', 'dpi 0.1.0', 'rr3---sn-4g5ednsl.googlevideo.com', '18:22:33', 't13d1516h2', '1.2.3.4.5'])(
    '%s stays',
    (text) => expect(new Redactor().text(text)).toBe(text),
  );
});

it.each(['demo.pcap', 'curl-ipv6.pcap', 'dig-dns.pcap'])('leaves no address of %s in a page', async (sample) => {
  const report = await analyze(resolve(SAMPLES, sample));
  const data = await pageData(report, { redact: true, maxConnections: 20 });
  const text = JSON.stringify(data.payload);
  for (const { address, mac } of report.hosts) {
    if (address === 'other') continue;
    expect(text).not.toContain(address);
    expect(data.payload.isRedacted).toBe(true);
    if (mac !== null) expect(text).not.toContain(mac);
  }
  expect(text).not.toMatch(/community_id":\{"(texts|at)/);
  expect(text).not.toContain(SAMPLES);
  // The sums are the same, host by host.
  const amounts = (hosts: typeof report.hosts) => hosts.map((host) => [host.bytes_out, host.bytes_in]);
  expect(amounts(data.summary.hosts)).toEqual(amounts(report.hosts));
  expect(new Set(data.addresses).size).toBe(data.addresses.length);
  expect(data.addresses.every((address) => /^host-\d+$/.test(address))).toBe(true);
  expect(data.summary.hosts.map(({ address }) => address)).toEqual(expect.arrayContaining([...data.addresses]));
});

it('leaves out bytes of packets', async () => {
  const packedWith = async (redact: boolean) => {
    const builder = new PayloadBuilder({ redact });
    const onConnection = (c: ConnectionRecord, bytes?: NameBytes | null) => builder.add(c, bytes);
    const { summary } = await analyzeCaptures([resolve(SAMPLES, 'demo.pcap')], { nameBytes: true, onConnection });
    return (await readReport(builder.packed({ summary, topConnections: [] }))).payload.nameBytes;
  };
  expect(await packedWith(false)).not.toBeNull();
  expect(await packedWith(true)).toBeNull();
});

it('offers no command that names replaced addresses', async () => {
  const data = await pageData(await analyze(resolve(SAMPLES, 'demo.pcap')), { redact: true });
  expect(commandOf(data, [{ kind: 'host', value: 'host-1' }])).toBeNull();
  expect(commandOf(data, [{ kind: 'label', value: 'YOUTUBE' }])).toBe(
    "dpi analyze --where 'label == YOUTUBE' demo.pcap",
  );
});
