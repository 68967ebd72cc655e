/**
 * Floods that leave a blocked hello unread: its connection passes, and a sentence says so, or `--on-limit block` drops
 * it.
 */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS, type Limits } from '../../../src/core/engine/options.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';
import type { Report } from '../../../src/core/report/model.js';
import { limitRule, parseRules, type RuleTexts } from '../../../src/usecases/rules/rules-in-force.js';
import { dnsQuery } from '../../forge/dns.js';
import { httpRequest } from '../../forge/http.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { cryptoFrame, cutCrypto, initialPacket } from '../../forge/quic.js';
import { clientHello, clientHelloRecord } from '../../forge/tls.js';
import { ACK, type Endpoint, PSH, SYN, tcpPacket, udpPacket } from '../../forge/transport.js';
import { runEngine, WIDE_LIMITS } from '../../fuzz/engine-run.js';
import { decide, engineWith, OUT } from '../ingest/events.js';

const apps = createAppTable();
const SERVER = { address: '203.0.113.10', port: 443 };
/** The client whose connection to the blocked site follows the flood. */
const LAST = { address: '198.51.100.77', port: 50_000 };
const BLOCKED = 'www.evil.example';
const LONG_HELLO = clientHello({ serverName: BLOCKED, seed: 1, messageLen: 3000 });
const ID = Buffer.from('0102030405060708', 'hex');

const flooder = (n: number): Endpoint => ({ address: `192.0.2.${n & 127}`, port: 10_000 + n });
const many = (count: number, make: (n: number) => Buffer) => Array.from({ length: count }, (_, n) => make(n));

function segment(from: Endpoint, payload: Buffer, seq = 1): Buffer {
  return tcpPacket(from, SERVER, { seq, flags: ACK | PSH, payload });
}

const syn = (from: Endpoint) => tcpPacket(from, SERVER, { seq: 0, flags: SYN });

/** A blocked hello in two segments, as a browser with a post-quantum key share sends it. */
function blockedHello(cut = 700): Buffer[] {
  const hello = clientHelloRecord({ serverName: BLOCKED, seed: 3, serverNameAt: 'last' });
  return [syn(LAST), segment(LAST, hello.subarray(0, cut)), segment(LAST, hello.subarray(cut), 1 + cut)];
}

function initials(serverName: string, cuts: readonly number[]): Buffer[] {
  const message = clientHello({ serverName, seed: 1, serverNameAt: 'last', quicTransportParameters: ID });
  return cutCrypto(message, cuts).map((piece, packetNumber) =>
    initialPacket(cryptoFrame(piece), { destinationConnectionId: ID, packetNumber }),
  );
}

function rulesOf(...written: RuleTexts[]): RuleSet {
  return RuleSet.compile(parseRules(written, appNamesOf(apps), 0), 0);
}

const domain = (action: 'block' | 'allow', text: string): RuleTexts => ({
  type: 'domain',
  action,
  option: `--${action}-domain`,
  texts: [text],
});
const BLOCK = domain('block', 'evil.example');
const ON_LIMIT = limitRule('--on-limit');

function report(packets: readonly Buffer[], limits: Partial<Limits>, rules: RuleSet | null): Report {
  const forged = packets.map((packet, i) => ({ data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i * 1000 }));
  const setting = { apps, limits: { ...WIDE_LIMITS, ...limits }, rules, hashSeed: 5, chunks: null };
  return JSON.parse(runEngine(pcapFile(forged), setting));
}

/** What became of the last client's connections: how many packets of each passed, and by which rule. */
function fate({ connections }: Report) {
  const last = connections.filter(({ src_ip: address }) => address === LAST.address);
  return last.map(({ passed_packets: passed, packets, blocked_by: rule }) => [passed, packets, rule]);
}

const told = ({ warnings }: Report) => warnings.filter((text) => text.includes('--on-limit block'));

const hello = clientHelloRecord({ serverName: 'www.flood.example', postQuantum: false });
/** Hellos that never come to their end. */
const halfHellos = (count: number) => many(count, (n) => segment(flooder(n), hello.subarray(0, 100)));
const halfQuic = (count: number) =>
  many(count, (n) => udpPacket(flooder(n), SERVER, initials('www.flood.example', [900])[0]!));
const blockedQuic = initials(BLOCKED, [900]).map((datagram) => udpPacket(LAST, SERVER, datagram));

/** Every second byte of a blocked hello, so that no two pieces meet. */
const PIECES = many(1100, () => Buffer.alloc(0)).map((_, n) => ({
  offset: 2 * n,
  data: LONG_HELLO.subarray(2 * n, 2 * n + 1),
}));

const floods: [name: string, packets: Buffer[], limits: Partial<Limits>, passed: number][] = [
  ['more streams than are kept', [...halfHellos(20), ...blockedHello()], { maxStreams: 4 }, 1],
  ['more bytes than are kept', [...halfHellos(20), ...blockedHello()], { maxReassemblyLen: 2048 }, 1],
  ['more QUIC handshakes than are kept', [...halfQuic(20), ...blockedQuic], { maxDatagramStates: 4 }, 0],
  [
    'more pieces of a QUIC hello than are kept',
    many(11, (packetNumber) => {
      const frames = Buffer.concat(PIECES.slice(packetNumber * 100, packetNumber * 100 + 100).map(cryptoFrame));
      return udpPacket(LAST, SERVER, initialPacket(frames, { destinationConnectionId: ID, packetNumber }));
    }),
    {},
    10,
  ],
  [
    'more hellos of one connection than are read',
    [
      ...many(66, (n) => {
        const id = Buffer.from([1, 2, 3, 4, 5, 6, 7, n]);
        const message = clientHello({ serverName: `www${n}.fine.example`, seed: n, quicTransportParameters: id });
        return udpPacket(
          LAST,
          SERVER,
          initialPacket(cryptoFrame({ offset: 0, data: message }), { destinationConnectionId: id }),
        );
      }),
    ],
    {},
    65,
  ],
  [
    'segments that fill holes after too many others',
    [syn(LAST), ...many(300, (n) => segment(LAST, Buffer.from('x'), 40_000 - 2 * n))],
    {},
    270,
  ],
  [
    'a hello whose beginning gave way to other connections',
    (() => {
      const [open, first, second] = blockedHello();
      return [open!, first!, ...many(40, (n) => syn(flooder(n))), second!];
    })(),
    { maxConnections: 16 },
    0,
  ],
];

describe('--on-limit', () => {
  it.each(floods)('%s', (_, packets, limits, passed) => {
    const allowed = report(packets, limits, rulesOf(BLOCK));
    expect(fate(allowed).map(([, , rule]) => rule)).not.toContain('limit:uninspected');
    expect(told(allowed)).toHaveLength(1);
    const blocked = report(packets, limits, rulesOf(BLOCK, ON_LIMIT));
    const [left, , rule] = fate(blocked).at(-1)!;
    expect([left, rule]).toEqual([passed, 'limit:uninspected']);
    expect(blocked.rules.decided).toMatchObject([{ rule: 'limit:uninspected', action: 'block' }]);
    expect(told(blocked)).toEqual([]);
    // Without block rules nothing is to be told.
    expect(told(report(packets, limits, null))).toEqual([]);
    expect(told(report(packets, limits, rulesOf(domain('allow', 'fine.example'))))).toEqual([]);
  });

  it('is a rule of its own', () => {
    const packets = [...halfHellos(20), ...blockedHello()];
    expect(fate(report(packets, { maxStreams: 4 }, rulesOf(ON_LIMIT)))).toEqual([[1, 3, 'limit:uninspected']]);
  });

  it('leaves connections alone that no limit concerns', () => {
    const others = many(20, (n) => segment(flooder(n), httpRequest({ host: 'www.fine.example' })));
    const packets = [
      ...others,
      ...halfHellos(20),
      ...blockedHello(),
      udpPacket(LAST, { ...SERVER, port: 53 }, dnsQuery(1, { name: 'x.example' })),
    ];
    expect(fate(report(packets, {}, rulesOf(ON_LIMIT)))).toEqual([
      [3, 3, null],
      [1, 1, null],
    ]);
    const { blocked_connections: blocked, connections } = report(
      others,
      { maxStreams: 1, maxReassemblyLen: 1 },
      rulesOf(ON_LIMIT),
    );
    expect([blocked, connections.length]).toEqual([0, 20]);
  });

  it('gives way to an allow rule', () => {
    const packets = [...halfHellos(20), ...blockedHello()];
    const address: RuleTexts = { type: 'ip', action: 'allow', option: '--allow-ip', texts: [LAST.address] };
    expect(fate(report(packets, { maxStreams: 4 }, rulesOf(ON_LIMIT, address)))).toEqual([[3, 3, null]]);
  });

  it('is told of streams that go on after an eviction, for as long as they may', () => {
    const later = (micros: number) => {
      // Packets of one connection, during which those that are over are noticed.
      const between = many(3000, () => syn(flooder(39)));
      const packets = [...many(40, (n) => syn(flooder(n))), ...between, segment(LAST, Buffer.from('more'))];
      const timeOf = (i: number) => FORGE_EPOCH_MICROS + i * 1000 + (i < 40 ? 0 : micros);
      const forged = packets.map((packet, i) => ({ data: ethernet(packet), timeMicros: timeOf(i) }));
      const setting = { apps, limits: { ...WIDE_LIMITS, maxConnections: 16 }, rules: rulesOf(ON_LIMIT) };
      return fate(JSON.parse(runEngine(pcapFile(forged), { ...setting, hashSeed: 5, chunks: null })));
    };
    expect(later(3600e6)).toEqual([[0, 1, 'limit:uninspected']]);
    expect(later(3 * 3600e6)).toEqual([[1, 1, null]]);
  });

  it('decides events, and takes effect where it comes later', () => {
    const event = (port: number) => ({
      tuple: { ...OUT, src_port: port },
      payload: hello.subarray(0, 100).toString('base64'),
    });
    const limits = { ...DEFAULT_LIMITS, maxConnections: 64, maxStreams: 1 };
    const engine = engineWith({ limits, rules: rulesOf(ON_LIMIT) });
    const drop = { decision: 'drop', blocked_by: 'limit:uninspected' };
    expect([decide(engine, event(1)), decide(engine, event(2))]).toMatchObject([{ decision: 'forward' }, drop]);
    const changing = engineWith({ limits, rules: rulesOf(BLOCK) });
    for (const port of [1, 2]) expect(decide(changing, event(port))).toMatchObject({ decision: 'forward' });
    changing.replaceRules(rulesOf(BLOCK, ON_LIMIT));
    expect(decide(changing, { tuple: { ...OUT, src_port: 1 } })).toMatchObject({ decision: 'forward' });
    expect(decide(changing, { tuple: { ...OUT, src_port: 2 } })).toMatchObject(drop);
  });
});
