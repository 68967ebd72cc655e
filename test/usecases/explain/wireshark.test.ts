import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isInstalled } from '../filter/installed.js';
import { allExplained, explained } from './explained.js';

const DEMO = 'samples/demo.pcap';
/** Each costs a run of tshark. */
const CHECKED = 8;

describe('the display filter', () => {
  it.runIf(isInstalled('tshark')).each([DEMO, 'samples/curl-ipv6.pcap', 'samples/generated/tunnel-vxlan.pcap'])(
    'selects exactly the packets of a connection: %s',
    async (file) => {
      for (const { connection, display_filter: filter } of (await allExplained(file)).slice(0, CHECKED)) {
        const shown = execFileSync('tshark', ['-r', file, '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const numbers = shown.trim().split('\n').map(Number);
        expect([filter, numbers.length]).toEqual([filter, connection.packets]);
        expect([numbers[0], numbers.at(-1)]).toEqual([connection.first_packet, connection.last_packet]);
      }
    },
    60_000,
  );
});

describe('an explanation', () => {
  it('has the quality, the numbers and the ID that reports have', async () => {
    const [one] = (await explained(DEMO, '3')).explanations;
    expect(one!.connection).toMatchObject({
      tcp_state: 'closed',
      rtt_ms: 0.035,
      retransmitted_packets: 0,
      community_id: '1:T0f3dJ+iZoWaUZlEMUielcWmRs0=',
      first_packet: one!.first_packet,
      last_packet: one!.last_packet,
    });
  });

  it('is given of those that a measured value selects', async () => {
    const select = { where: 'rtt_ms >= 0.03 and first_packet < 20' };
    const { explanations } = await explained(DEMO, '192.0.2.10', { select });
    expect(explanations.map(({ connection }) => connection.id)).toContain(3);
    expect(explanations.every(({ connection }) => connection.rtt_ms! >= 0.03)).toBe(true);
  });
});
