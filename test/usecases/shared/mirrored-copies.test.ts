import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/engine/pipeline.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { reportOf } from '../../core/facts/run-packets.js';
import type { IpOptions } from '../../forge/ip.js';
import { vlanEthernet } from '../../forge/link.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-mirrored-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A capture of three connections whose packets come again `afterMicros` later, in another VLAN. */
function mirrored(vlan: number, again: number, afterMicros: number, ip?: IpOptions): { path: string; packets: number } {
  const packets = [0, 1, 2].flatMap((n) => {
    const server = { address: '203.0.113.5', port: 443 };
    const client = { address: '192.0.2.10', port: 50_000 + n };
    const one = new TcpConversation({ client, server, clientIsn: 1000 * n, ip });
    one.handshake().send('client', clientHelloRecord({ serverName: `${n}.example` }));
    return one.send('server', serverFlight()).close().packets;
  });
  const inVlan = (id: number, shift: number) =>
    packets.map(({ data, timeMicros }) => ({
      data: vlanEthernet([id])(data.subarray(14)),
      timeMicros: timeMicros + shift,
    }));
  const all = [...inVlan(vlan, 0), ...inVlan(again, afterMicros)].sort((a, b) => a.timeMicros - b.timeMicros);
  const path = join(folder, `${vlan}-${again}-${afterMicros}-${ip?.id ?? 0}.pcap`);
  writeFileSync(path, pcapFile(all));
  return { path, packets: packets.length };
}

describe('copies of a mirror port', () => {
  it('are counted and said', async () => {
    const { path, packets } = mirrored(10, 20, 150);
    const { summary } = await analyzeCaptures([path]);
    expect(summary.duplicates.packets).toBe(packets);
    expect(summary.duplicates.bytes).toBe(summary.total_bytes / 2);
    expect(summary.total_connections).toBe(6);
    expect(summary.warnings).toEqual([expect.stringContaining(`${packets} packets came twice`)]);
    expect(summary.domains_detected.map(({ domain }) => domain).sort()).toEqual([
      '0.example',
      '1.example',
      '2.example',
    ]);
  });

  it.each([
    ['at once', 0],
    ['microseconds later', 7],
    ['milliseconds later', 900],
  ])('are counted in one VLAN, %s', async (_, afterMicros) => {
    const { path, packets } = mirrored(10, 10, afterMicros, { id: 4711 });
    const { summary } = await analyzeCaptures([path]);
    // Those that the sender itself repeats with the same number would count too; there are none here.
    expect(summary.duplicates).toEqual({ packets, bytes: summary.total_bytes / 2 });
    expect(summary.total_connections).toBe(3);
    expect(summary.warnings).toEqual([`${packets} packets came twice in the same VLAN or overlay network`]);
  });

  it('are counted alike however the capture arrives', () => {
    const packets = [0, 1, 2, 3].flatMap((n) => {
      const ends = { client: { address: '192.0.2.1', port: 5000 + n }, server: { address: '192.0.2.2', port: 9999 } };
      const data = Buffer.from(`number ${n}`);
      const [first] = new UdpConversation({ ...ends, encapsulate: vlanEthernet([10]) }).send('client', data).packets;
      const [again] = new UdpConversation({ ...ends, encapsulate: vlanEthernet([20]) }).send('client', data).packets;
      const timeMicros = first!.timeMicros + n * 1000;
      return [
        { ...first!, timeMicros },
        { ...again!, timeMicros: timeMicros + 10 },
      ];
    });
    for (const pieceLen of [Number.POSITIVE_INFINITY, 24, 80]) {
      expect(reportOf(packets, {}, {}, pieceLen).duplicates.packets).toBe(4);
    }
  });

  it('are counted for IPv6 though the ids of the addresses change between them', () => {
    const inVlan = (vlan: number, host: number) => {
      const client = { address: `2001:db8::${host}`, port: 5000 };
      const server = { address: `2001:db8:1::${host}`, port: 9999 };
      const encapsulate = vlanEthernet([vlan]);
      return new UdpConversation({ client, server, encapsulate }).send('client', Buffer.from('text')).packets[0]!;
    };
    // The second packet ends the connection of the first, so that its addresses are forgotten and interned anew.
    const packets = [inVlan(10, 1), inVlan(10, 2), inVlan(20, 1)];
    const summary = reportOf(packets, { limits: { ...DEFAULT_LIMITS, maxConnections: 1 } }, {}, 24);
    expect(summary.total_connections).toBe(3);
    expect(summary.duplicates.packets).toBe(1);
  });

  it('make one connection with ignoreVlan', async () => {
    const { path } = mirrored(10, 20, 150);
    const { summary } = await analyzeCaptures([path], { ignoreVlan: true });
    expect(summary).toMatchObject({ duplicates: { packets: 0, bytes: 0 }, total_connections: 3, warnings: [] });
  });

  it.each([
    ['a retransmission in the same VLAN', 10, 10, 150],
    ['a packet that comes again much later', 10, 20, 2_000_000],
  ])('are not %s', async (_, vlan, again, afterMicros) => {
    const { path } = mirrored(vlan, again, afterMicros);
    expect((await analyzeCaptures([path])).summary.duplicates.packets).toBe(0);
  });
});
