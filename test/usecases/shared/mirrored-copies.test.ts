import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { vlanEthernet } from '../../forge/link.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-mirrored-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A capture of three connections whose packets come again `afterMicros` later, in another VLAN. */
function mirrored(vlan: number, again: number, afterMicros: number): { path: string; packets: number } {
  const packets = [0, 1, 2].flatMap((n) => {
    const client = { address: '192.0.2.10', port: 50_000 + n };
    const one = new TcpConversation({ client, server: { address: '203.0.113.5', port: 443 }, clientIsn: 1000 * n });
    one.handshake().send('client', clientHelloRecord({ serverName: `${n}.example` }));
    return one.send('server', serverFlight()).close().packets;
  });
  const inVlan = (id: number, shift: number) =>
    packets.map(({ data, timeMicros }) => ({
      data: vlanEthernet([id])(data.subarray(14)),
      timeMicros: timeMicros + shift,
    }));
  const all = [...inVlan(vlan, 0), ...inVlan(again, afterMicros)].sort((a, b) => a.timeMicros - b.timeMicros);
  const path = join(folder, `${vlan}-${again}-${afterMicros}.pcap`);
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
