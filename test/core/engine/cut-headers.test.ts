/** Transport headers that the snapshot length cuts behind the ports: the packets are in their connections. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { ACK, PSH, tcpPacket, udpPacket } from '../../forge/transport.js';
import { runEngine, WIDE_LIMITS } from '../../fuzz/engine-run.js';

const apps = createAppTable();
const PAYLOAD = Buffer.alloc(100, 0x41);
const v4 = [
  { address: '192.0.2.1', port: 40_000 },
  { address: '203.0.113.10', port: 443 },
] as const;
const v6 = [
  { address: '2001:db8::1', port: 40_000 },
  { address: '2001:db8::2', port: 443 },
] as const;
const tcp = (ends: typeof v4 | typeof v6) => [
  tcpPacket(ends[0], ends[1], { seq: 1, flags: ACK | PSH, payload: PAYLOAD }),
  tcpPacket(ends[1], ends[0], { seq: 9, flags: ACK | PSH, payload: PAYLOAD }),
];
const udp = (ends: typeof v4 | typeof v6) => [
  udpPacket(ends[0], ends[1], PAYLOAD),
  udpPacket(ends[1], ends[0], PAYLOAD),
];

function report(packets: readonly Buffer[], ipHeaderLen: number, headerLeft: number, rule: string | null = null) {
  const forged = packets.map((packet, i) => {
    const frame = ethernet(packet);
    const data = frame.subarray(0, 14 + ipHeaderLen + headerLeft);
    return { data, wireLen: frame.length, timeMicros: FORGE_EPOCH_MICROS + i * 1000 };
  });
  const rules = rule === null ? null : blocking(rule);
  const setting = { apps, limits: WIDE_LIMITS, rules, hashSeed: 5, chunks: null };
  return JSON.parse(runEngine(pcapFile(forged), setting));
}

function blocking(text: string): RuleSet {
  const { type, value } = parseRulePattern(text, appNamesOf(apps));
  return RuleSet.compile([{ type, values: [value], action: 'block', comment: null, expiresMs: null, createdMs: 0 }], 0);
}

describe('a transport header that the snapshot length cuts', () => {
  it.each([
    ['TCP over IPv4', tcp(v4), 20],
    ['TCP over IPv6', tcp(v6), 40],
    ['UDP over IPv4', udp(v4), 20],
    ['UDP over IPv6', udp(v6), 40],
  ] as const)('behind the ports leaves the connection known: %s', (_name, packets, ipHeaderLen) => {
    for (const headerLeft of [4, 6, 7]) {
      const { total_connections, connections, unread } = report(packets, ipHeaderLen, headerLeft);
      expect(total_connections).toBe(1);
      expect(connections[0]).toMatchObject({ packets: 2, domain: null });
      expect(unread).toMatchObject([{ packets: 2 }]);
      expect(report(packets, ipHeaderLen, headerLeft, 'port:443').dropped_packets).toBe(2);
    }
  });

  it('in the ports leaves none', () => {
    for (const headerLeft of [0, 2, 3]) expect(report(tcp(v4), 20, headerLeft).total_connections).toBe(0);
  });
});
