import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-merged-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECOND = 1e6;
const server = { address: '203.0.113.10', port: 443 };

/** Twenty TLS and twenty UDP connections, side by side for a quarter of an hour, in order of time. */
function traffic(): ForgedPacket[] {
  const packets: ForgedPacket[] = [];
  for (let n = 0; n < 20; n++) {
    const times = { startMicros: FORGE_EPOCH_MICROS + n * 1000, stepMicros: 9 * SECOND };
    const tls = new TcpConversation({ client: { address: '192.0.2.1', port: 40_000 + n }, server, ...times });
    tls.handshake().send('client', clientHelloRecord({ serverName: `host-${n}.example` }));
    for (let k = 0; k < 45; k++) tls.send('server', Buffer.alloc(20, k));
    const udp = new UdpConversation({ client: { address: '192.0.2.2', port: 50_000 + n }, server, ...times });
    for (let k = 0; k < 45; k++) udp.send('client', Buffer.alloc(20, 255)).send('server', Buffer.alloc(20, 255));
    packets.push(...tls.packets, ...udp.packets);
  }
  return packets.sort((a, b) => a.timeMicros - b.timeMicros);
}

function write(name: string, packets: readonly ForgedPacket[]): string {
  const path = join(folder, name);
  const bytes = pcapFile(packets);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  return path;
}

/** The connections of the captures, told by what does not depend on names of files or numbers of packets. */
async function connectionsOf(paths: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const { summary } = await analyzeCaptures(paths, {
    onConnection: ({ src_ip, src_port, domain, packets, first_seen, last_seen }) => {
      lines.push(JSON.stringify([src_ip, src_port, domain, packets, first_seen, last_seen]));
    },
  });
  expect(summary.inputs.map(({ name }) => name)).toEqual(paths);
  expect(summary.inputs.reduce((sum, { packets }) => sum + packets, 0)).toBe(summary.total_packets);
  expect(summary.inputs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(summary.total_bytes);
  return lines.sort();
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((one, i) => permutations(items.filter((_, k) => k !== i)).map((rest) => [one, ...rest]));
}

const all = traffic();
const third = Math.ceil(all.length / 3);
const turns = (k: number) => all.filter((_, n) => n % 3 === k);
const SETS: [what: string, files: Record<string, ForgedPacket[]>][] = [
  [
    'a ring',
    { 'cap1.pcap': all.slice(0, third), 'cap10.pcap': all.slice(2 * third), 'cap2.pcap': all.slice(third, 2 * third) },
  ],
  ['three interfaces', { 'a.pcap': turns(0), 'b.pcap.gz': turns(1), 'c.pcap': turns(2) }],
  [
    'a ring whose files overlap',
    { 'x.pcap': all.slice(0, third + 9), 'y.pcap.gz': all.slice(third + 9, -500), 'z.pcap': all.slice(-500) },
  ],
  [
    'directions apart, some packets late',
    {
      'up.pcap': late(all.filter(({ data }) => data.readUInt16BE(36) === 443)),
      'down.pcap': all.filter(({ data }) => data.readUInt16BE(36) !== 443),
    },
  ],
];

/** Each tenth packet is written three places later. */
function late(packets: ForgedPacket[]): ForgedPacket[] {
  const out = [...packets];
  for (let n = 0; n + 3 < out.length; n += 10) out.splice(n + 3, 0, ...out.splice(n, 1));
  return out;
}

describe('several captures', () => {
  it.each(SETS)('are read as one, in whatever order they are given: %s', async (_, files) => {
    const whole = await connectionsOf([write('whole.pcap', all)]);
    expect(whole).toHaveLength(40);
    const paths = Object.entries(files).map(([name, packets]) => write(name, packets));
    for (const order of permutations(paths)) expect(await connectionsOf(order)).toEqual(whole);
  });

  it('are merged though one holds a packet with a wrong time', async () => {
    for (const by of [600, -600, 4e8]) {
      const [a, b] = [turns(0), all.filter((_, n) => n % 3 !== 0)];
      const at = a.findIndex(({ timeMicros }) => timeMicros > FORGE_EPOCH_MICROS + 200 * SECOND);
      a[at] = { ...a[at]!, timeMicros: a[at]!.timeMicros + by * SECOND };
      const paths = [write('a.pcap', a), write('b.pcap', b)];
      for (const order of permutations(paths)) expect(await connectionsOf(order)).toHaveLength(40);
    }
  });

  it('may be pipes, empty, or the same', async () => {
    const whole = await connectionsOf([write('whole.pcap', all)]);
    const empty = write('empty.pcap', []);
    const halves = [write('new.pcap', all.slice(third)), empty, write('old.pcap', all.slice(0, third))];
    expect(await connectionsOf(halves)).toEqual(whole);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writing = import('node:fs/promises').then(({ writeFile }) => writeFile(pipe, pcapFile(all.slice(third))));
    expect(await connectionsOf([pipe, halves[2]!])).toEqual(whole);
    await writing;
    expect(await connectionsOf([halves[0]!, halves[0]!])).toHaveLength(40);
  });

  it('that can not be read, or are no captures, are named', async () => {
    const good = write('good.pcap', all);
    await expect(analyzeCaptures([good, join(folder, 'none.pcap')])).rejects.toThrow(/none\.pcap/);
    writeFileSync(join(folder, 'text'), 'not a capture at all');
    await expect(analyzeCaptures([good, join(folder, 'text')])).rejects.toThrow(/text/);
    writeFileSync(join(folder, 'cut.pcap'), pcapFile(all).subarray(0, -5));
    const { summary, isDamaged } = await analyzeCaptures([join(folder, 'cut.pcap'), good]);
    expect(isDamaged).toBe(true);
    expect(summary.warnings[0]).toContain('cut.pcap');
  });

  it('say where their time runs backwards', async () => {
    const packets = [
      ...all.slice(0, 100),
      { ...all[100]!, timeMicros: FORGE_EPOCH_MICROS - 100 * SECOND },
      ...all.slice(101),
    ];
    const { summary } = await analyzeCaptures([write('back.pcap', packets)]);
    expect(summary.anomalies).toEqual({ timestamp_backwards: 1 });
    expect(summary.warnings).toEqual(['time stamps run backwards in 1 packet, the first is number 101']);
  });
});
