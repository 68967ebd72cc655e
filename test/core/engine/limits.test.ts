/** Every bound of docs/limits.md, met: the report says so, and what is left is right. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { hashWords } from '../../../src/core/common/half-sip-hash.js';
import type { Limits } from '../../../src/core/engine/pipeline.js';
import { AssemblerPool } from '../../../src/core/flow/assembler-pool.js';
import { BufferPool } from '../../../src/core/flow/stream-assembler.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { DroppedDatagrams } from '../../../src/core/policy/dropped-datagrams.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { NO_RULE, RuleSet } from '../../../src/core/policy/rule-set.js';
import type { Report } from '../../../src/core/report/model.js';
import { httpRequest } from '../../forge/http.js';
import { fragmentIp } from '../../forge/ip.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { Prng } from '../../forge/prng.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { ACK, PSH, SYN, tcpPacket, udpPacket } from '../../forge/transport.js';
import { runEngine, WIDE_LIMITS } from '../../fuzz/engine-run.js';

const apps = createAppTable();
const server = { address: '203.0.113.10', port: 443 };

/** The report on IP packets a millisecond apart; the run's own sums are checked on the way. */
function report(packets: readonly Buffer[], limits: Partial<Limits>, rule: string | null = null): Report {
  const forged = packets.map((packet, i) => ({ data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i * 1000 }));
  const setting = { apps, limits: { ...WIDE_LIMITS, ...limits }, rules: rule === null ? null : blocking(rule) };
  return JSON.parse(runEngine(pcapFile(forged), { ...setting, hashSeed: 5, chunks: null }));
}

function blocking(text: string): RuleSet {
  const { type, value } = parseRulePattern(text, appNamesOf(apps));
  return RuleSet.compile([{ type, values: [value], action: 'block', comment: null, expiresMs: null, createdMs: 0 }], 0);
}

function fromClient(n: number, payload: Buffer, seq = 1): Buffer {
  const client = { address: `192.0.2.${n & 127}`, port: 10_000 + n };
  return tcpPacket(client, server, { seq, flags: ACK | PSH, payload });
}

const requests = (count: number, host: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => fromClient(n, httpRequest({ host: host(n) })));

describe('limits', () => {
  it('end the connection that was silent longest', () => {
    const { limits, total_connections, warnings } = report(
      requests(100, () => 'one.example'),
      { maxConnections: 8 },
    );
    expect([limits.connections_ended_early, total_connections]).toEqual([92, 100]);
    expect(warnings).toEqual(['limit reached: 92 connections were evicted to make room (--max-connections)']);
  });

  it('let names that nobody needs give way, and keep the largest', () => {
    const hosts = (n: number) => (n % 10 === 0 ? 'www.popular.example' : `host-${n}.example`);
    const { limits, connections, domains_detected } = report(requests(3000, hosts), {
      maxConnections: 16,
      maxNames: 512,
      maxDomainRows: 20,
    });
    expect(limits.names_forgotten).toBeGreaterThan(1500);
    expect(limits.names_not_kept ?? 0).toBeLessThan(800);
    const nameless = connections.filter((one) => one.domain === null);
    expect(nameless.length).toBe(limits.names_not_kept ?? 0);
    for (const one of connections) if (one.domain !== null) expect(one.domain).toBe(hosts(one.src_port - 10_000));
    expect(domains_detected).toHaveLength(20);
    expect(domains_detected[0]).toMatchObject({ domain: 'www.popular.example', connections: 300 });
  });

  it('do not let a forgotten name pass its rule on to another', () => {
    const { connections } = report(
      requests(3000, (n) => (n % 100 === 7 ? `h${n}.blocked.example` : `h${n}.example`)),
      { maxConnections: 16, maxNames: 256 },
      'domain:blocked.example',
    );
    for (const one of connections) {
      if (one.domain !== null) expect(one.blocked).toBe(one.domain.endsWith('.blocked.example'));
    }
    expect(connections.filter((one) => one.blocked).length).toBeGreaterThan(20);
  });

  it('give the app of a name for which there was no room', () => {
    const packets = requests(40, (n) => (n === 39 ? 'www.youtube.com' : `host-${n}.example`));
    const last = report(packets, { maxNames: 8 }).connections.at(-1)!;
    expect(last).toMatchObject({ domain: null, app: 'YOUTUBE', detected_by: 'http', evidence_packet: 40 });
  });

  it('keep no more streams than allowed, and read the others segment by segment', () => {
    const hello = clientHelloRecord({ serverName: 'www.youtube.com', postQuantum: false });
    const halves = (n: number) => [fromClient(n, hello.subarray(0, 100)), fromClient(n, hello.subarray(100), 101)];
    const all = Array.from({ length: 20 }, (_, n) => halves(n));
    const packets = [...all.map(([first]) => first!), ...all.map(([, second]) => second!)];
    const few = report(packets, { maxStreams: 5 });
    expect(few.limits.reassembly_refused).toBeGreaterThan(10);
    expect(few.connections.filter((one) => one.app === 'YOUTUBE')).toHaveLength(5);
    const little = report(packets, { maxReassemblyLen: 5 * 512 });
    expect(little.limits.reassembly_refused).toBeGreaterThan(0);
    expect(report(packets, {}).connections.filter((one) => one.app === 'YOUTUBE')).toHaveLength(20);
  });

  it('let random segments give way to streams whose beginning was seen', () => {
    const hello = clientHelloRecord({ serverName: 'www.youtube.com', postQuantum: false });
    const noise = new Prng('noise');
    const random = Array.from({ length: 20_000 }, (_, n) => {
      const client = { address: `10.1.${n >> 8}.${n & 255}`, port: 2000 };
      return tcpPacket(client, server, { seq: noise.uint32(), flags: ACK | PSH, payload: noise.bytes(40) });
    });
    const opened = [
      tcpPacket({ address: '192.0.2.1', port: 4000 }, server, { seq: 0, flags: SYN }),
      ...[0, 100].map((from) => {
        const payload = hello.subarray(from, from === 0 ? 100 : undefined);
        return tcpPacket({ address: '192.0.2.1', port: 4000 }, server, { seq: 1 + from, flags: ACK | PSH, payload });
      }),
    ];
    const { connections } = report([...random, ...opened], { maxStreams: 17_000, maxConnections: 32_768 });
    expect(connections.at(-1)).toMatchObject({ domain: 'www.youtube.com', src_port: 4000 });
  });

  it('give the oldest fragments up', () => {
    const fragments = Array.from({ length: 40 }, (_, n) => {
      const packet = udpPacket({ address: '192.0.2.1', port: 9 }, { ...server, port: 9 }, Buffer.alloc(1400, n), {
        id: n,
      });
      return fragmentIp(packet, 800, n)[0]!;
    });
    const { limits, total_connections } = report(fragments, { maxFragmentLen: 20_000 });
    expect(limits.fragments_given_up).toBeGreaterThan(5);
    expect(total_connections).toBe(0);
  });
});

describe('what bounds are made of', () => {
  it('an assembler needs room, and something to keep', () => {
    const buffers = new BufferPool(200);
    const pool = new AssemblerPool(buffers);
    const bytes = Buffer.alloc(100);
    const first = pool.begin(0, 0, bytes, 0, 100, 1000, 100)!;
    expect(first.contiguousLen).toBe(100);
    expect(pool.begin(0, 0, bytes, 0, 100, 1000, 100)).toBeNull();
    pool.recycle(first);
    expect(pool.begin(0, 5000, bytes, 0, 100, 1000, 100)).toBeNull();
    expect([pool.overflows, buffers.lentLen, buffers.refused]).toEqual([2, 0, 1]);
  });

  it('of dropped datagrams the latest 1,024 are remembered', () => {
    const dropped = new DroppedDatagrams();
    for (let group = 1; group <= 1025; group++) dropped.add(group, group % 3);
    expect([dropped.ruleOf(1), dropped.ruleOf(2), dropped.ruleOf(1025)]).toEqual([NO_RULE, 2, 2]);
  });

  it('of hashes, a seed makes those that collide under another one go apart', () => {
    const MASK = 4095;
    const slotOf = (n: number, seed: number) =>
      hashWords(0x0a000000 + (n >> 8), 0xc0000201 | 0, (n & 255) << 16, 6, seed);
    const colliding: number[] = [];
    for (let n = 0; colliding.length < 1000; n++) if ((slotOf(n, 1) & MASK) === 0) colliding.push(n);
    for (const seed of [2, 0x1234567, 0x7fffffff]) {
      const slots = new Map<number, number>();
      for (const n of colliding) slots.set(slotOf(n, seed) & MASK, (slots.get(slotOf(n, seed) & MASK) ?? 0) + 1);
      // A thousand balls in 4,096 bins: six in one is rare, twenty is no chance.
      expect(Math.max(...slots.values())).toBeLessThan(10);
    }
  });
});
