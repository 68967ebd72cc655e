/** dpi diff --join: forged traffic at two points, with what may happen in between. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { JoinReport } from '../../src/core/diff/join-model.js';
import { dnsQuery } from '../forge/dns.js';
import { delay, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { TcpConversation } from '../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../forge/tls.js';
import { UdpConversation } from '../forge/udp-conversation.js';
import { runInProcess } from '../support/run-in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-join-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface End {
  address: string;
  port: number;
}
const SERVER = { address: '203.0.113.9', port: 443 };
const START = 1_750_000_000_000_000;

/** A TLS connection; `isn` tells connections apart. */
function tls(client: End, isn: number, more: Partial<{ server: End; serverIsn: number; start: number }> = {}) {
  const { server = SERVER, serverIsn = isn + 77, start = START } = more;
  return new TcpConversation({ client, server, clientIsn: isn, serverIsn, startMicros: start + isn, stepMicros: 2000 })
    .handshake()
    .send('client', clientHelloRecord({ serverName: 'www.example' }))
    .send('server', serverFlight())
    .close().packets;
}

const INSIDE = (n: number): End => ({ address: `10.0.0.${n}`, port: 40_000 + n });
const OUTSIDE = (n: number): End => ({ address: '192.0.2.1', port: 61_000 + n });

async function joined(a: readonly ForgedPacket[], b: readonly ForgedPacket[], ...args: string[]) {
  const sorted = (packets: readonly ForgedPacket[]) => [...packets].sort((x, y) => x.timeMicros - y.timeMicros);
  writeFileSync(join(folder, 'a.pcap'), pcapFile(sorted(a)));
  writeFileSync(join(folder, 'b.pcap'), pcapFile(sorted(b)));
  const files = [join(folder, 'a.pcap'), join(folder, 'b.pcap')];
  return runInProcess(['diff', '--join', '--no-stored-rules', ...args, ...files]);
}

async function report(a: readonly ForgedPacket[], b: readonly ForgedPacket[]): Promise<JoinReport> {
  return JSON.parse((await joined(a, b, '--json')).stdout) as JoinReport;
}

const kinds = ({ findings }: JoinReport) => findings.map(({ kind, detail }) => `${kind}: ${detail}`);

describe('dpi diff --join', () => {
  const three = [1000, 2000, 3000].flatMap((isn, n) => tls(INSIDE(n + 1), isn));

  it('finds nothing between two equal captures', async () => {
    const same = await report(three, three);
    expect([kinds(same), same.joined, same.clock_offset_ms, same.transit_ms]).toEqual([[], 3, 0, 0]);
  });

  it('tells the offset of the clocks from the time between the points', async () => {
    // B's clock is 3 s ahead. The client's packets pass A 5 ms earlier, the server's 5 ms later.
    const at = (packets: readonly ForgedPacket[]) =>
      packets.map((packet) => ({
        ...packet,
        timeMicros: packet.timeMicros + 3_000_000 + (isFromServer(packet) ? -5000 : 5000),
      }));
    const found = await report(three, at(three));
    expect([kinds(found), found.joined, found.clock_offset_ms, found.transit_ms]).toEqual([[], 3, 3000, 5]);
  });

  it('follows connections through NAT, a port forward, and a firewall that rewrites sequence numbers', async () => {
    const forwarded = { address: '10.9.9.9', port: 8443 };
    const found = await report(
      [...tls(INSIDE(1), 1000), ...tls(INSIDE(2), 2000), ...tls(INSIDE(3), 3000)],
      [
        ...tls(OUTSIDE(1), 1000),
        ...tls(INSIDE(2), 2000, { server: forwarded }),
        ...tls(INSIDE(3), 909_000, { serverIsn: 3077, start: START - 906_000 }),
      ],
    );
    expect(found.joined).toBe(3);
    expect(kinds(found)).toEqual([
      'rewritten: source → 192.0.2.1:61001',
      'rewritten: destination → 10.9.9.9:8443',
      "rewritten: the client's sequence numbers",
    ]);
  });

  it('follows datagrams through NAT by the lengths of their payloads', async () => {
    const query = (client: End, name: string) =>
      new UdpConversation({ client, server: { address: '8.8.8.8', port: 53 } }).send('client', dnsQuery(1, { name }))
        .packets;
    const found = await report(
      [...query(INSIDE(1), 'short.example'), ...query(INSIDE(2), 'much-longer.example')],
      [...query(OUTSIDE(2), 'much-longer.example'), ...query(OUTSIDE(1), 'short.example')],
    );
    expect(kinds(found)).toEqual(['rewritten: source → 192.0.2.1:61001', 'rewritten: source → 192.0.2.1:61002']);
  });

  it('finds connections that were dropped, reset and delayed, and lost data', async () => {
    const reset = new TcpConversation({
      client: INSIDE(5),
      server: SERVER,
      clientIsn: 5000,
      serverIsn: 5077,
    }).handshake();
    const lossy = tls(INSIDE(6), 6000);
    const slow = tls(INSIDE(7), 7000);
    const usual = [...three, ...tls(INSIDE(9), 9000)];
    const late = slow.map((packet) => ({
      ...packet,
      timeMicros: packet.timeMicros + (isFromServer(packet) ? -40_000 : 40_000),
    }));
    const found = await report(
      [...usual, ...tls(INSIDE(4), 4000), ...reset.packets, ...lossy, ...slow],
      [...usual, ...reset.reset('server').packets, ...lossy.filter((_, i) => i !== 3), ...late],
    );
    const ofB = found.findings.filter(({ a }) => a === null);
    expect(ofB).toEqual([]);
    expect(kinds(found)).toEqual([
      'only-a: in A only',
      'reset: reset by the server in B only',
      'lost: 1460 bytes to the server missing in B',
      'delayed: 40 ms to the server, 0 ms is usual; 40 ms to the client, 0 ms is usual',
    ]);
  });

  it('leaves out connections outside of the common period', async () => {
    expect(kinds(await report([...three, ...delay(tls(INSIDE(8), 8000), 60e6)], three))).toEqual([]);
  });

  it('prints a table, fails on conditions, and prints the formats for CI', async () => {
    const other = [...three, ...tls(INSIDE(4), 4000)];
    const { stdout, exitCode } = await joined(other, three);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/3 connections at both points[\s\S]*only-a {2}TCP 10\.0\.0\.4:40004 → 203\.0\.113\.9:443/);
    expect((await joined(other, three, '--fail-on', 'only-a')).exitCode).toBe(1);
    expect((await joined(other, three, '--fail-on', 'reset')).exitCode).toBe(0);
    expect((await joined(other, three, '--fail-on', 'new')).exitCode).toBe(2);
    expect((await joined(other, three, '--format', 'markdown')).stdout).toContain('TCP 10.0.0.4:40004');
  });
});

/** From port 443 or 8443, behind an Ethernet and an IPv4 header. */
function isFromServer({ data }: ForgedPacket): boolean {
  return data.readUInt16BE(34) % 8000 === 443;
}
