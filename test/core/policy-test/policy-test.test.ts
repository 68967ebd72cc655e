/**
 * What comes through rules, route by route, each on a forged capture; and that what is suggested would have stopped it.
 */
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { PolicyTest } from '../../../src/core/policy-test/policy-test.js';
import type { EscapeRow, HiddenRow, TargetRow } from '../../../src/core/report/policy-model.js';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
import { hex } from '../../forge/fields.js';
import { httpRequest, httpResponse } from '../../forge/http.js';
import { ipPacket, PROTO_ICMP } from '../../forge/ip.js';
import { ethernet } from '../../forge/link.js';
import { delay, FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { cryptoFrame, cutCrypto, initialPacket, opaqueShortPacket, transportParameters } from '../../forge/quic.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import {
  applicationData,
  type ClientHelloOptions,
  clientHello,
  clientHelloRecord,
  serverFlight,
} from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { apps, ruleSet } from '../../usecases/filter/filter-file.js';

const CLIENT = '192.0.2.10';
const SITE = '203.0.113.10';
const RESOLVER = { address: '192.0.2.1', port: 53 };
/** In a range of Netflix's own, and in one of Amazon's, where others run their services. */
const NETFLIX_ADDRESS = '23.246.0.9';
const CLOUD_ADDRESS = '3.8.140.9';
const DESTINATION_ID = hex('d0d1d2d3d4d5d6d7');
const SOURCE_ID = hex('5051525354');
const limits = { ...DEFAULT_LIMITS, maxConnections: 1 << 12, dnsAnswers: 256 };

interface Tested {
  targets: TargetRow[];
  escapes: EscapeRow[];
  hidden: HiddenRow[];
  droppedPackets: number;
}

/** Rules as in `ruleSet`; the capture comes in pieces of `chunkLen` bytes. */
function tested(packets: readonly ForgedPacket[], rules: readonly string[], chunkLen = 1 << 20): Tested {
  const set = ruleSet(...rules);
  const test = new PolicyTest({ apps: apps(), limits, seed: 3, rules: set });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  const file = pcapFile(packets);
  const run = (): void => {
    while (stream.nextBatch(batch)) test.run(batch);
  };
  for (let at = 0; at < file.length; ) {
    const piece = file.subarray(at, at + chunkLen);
    for (let taken = 0; taken < piece.length; ) {
      taken += stream.push(piece, taken);
      run();
    }
    at += piece.length;
  }
  stream.end();
  run();
  while (test.pipeline.drain(1000));
  const { dropped_packets: droppedPackets } = summarise(test.pipeline, [], 'dpi test', set, null);
  const { tally } = test;
  return { targets: tally.targetRows(), escapes: tally.escapeRows(), hidden: tally.hiddenRows(), droppedPackets };
}

interface Tls extends ClientHelloOptions {
  port?: number;
  address?: string;
  serverPort?: number;
}

function tls({ port = 50_000, address = SITE, serverPort = 443, ...hello }: Tls): ForgedPacket[] {
  return conversation(port, address, serverPort)
    .handshake()
    .send('client', clientHelloRecord(hello))
    .send('server', serverFlight(1, 2000))
    .send('client', applicationData(100))
    .close().packets;
}

function conversation(port: number, address = SITE, serverPort = 443): TcpConversation {
  const startMicros = FORGE_EPOCH_MICROS + (port - 50_000) * 100_000;
  return new TcpConversation({ client: { address: CLIENT, port }, server: { address, port: serverPort }, startMicros });
}

function udp(port: number, address = SITE, serverPort = 443): UdpConversation {
  const startMicros = FORGE_EPOCH_MICROS + (port - 50_000) * 100_000;
  return new UdpConversation({ client: { address: CLIENT, port }, server: { address, port: serverPort }, startMicros });
}

function quicHello(serverName: string): Buffer {
  return clientHello({ serverName, quicTransportParameters: transportParameters(SOURCE_ID) });
}

function initial(frames: Buffer, packetNumber: number): Buffer {
  return initialPacket(frames, {
    destinationConnectionId: DESTINATION_ID,
    sourceConnectionId: SOURCE_ID,
    packetNumber,
  });
}

function lookup(name: string, address: string, port = 40_000): ForgedPacket[] {
  return new UdpConversation({ client: { address: CLIENT, port }, server: RESOLVER })
    .send('client', dnsQuery(7, { name }))
    .send('server', dnsResponse(7, { name }, [{ name, type: 'A', address }])).packets;
}

const target = ({ targets }: Tested, name: string) => targets.find((row) => row.target === name);
const routes = ({ escapes }: Tested) => escapes.map(({ target: of, route, remedy }) => `${of} ${route} ${remedy}`);

/** `--block-port udp/443` as a rule of `ruleSet`. */
function ruleOf(remedy: string): string {
  const [, type, value] = /^--block-(\w+) (.+)$/.exec(remedy)!;
  return `${type}:${value}`;
}

/** Asserts the one escape, that its remedy stops it, and that pieces of the capture make no difference. */
function expectEscape(packets: readonly ForgedPacket[], rules: string[], row: Partial<EscapeRow>): Tested {
  const result = tested(packets, rules);
  expect(result.escapes).toEqual([expect.objectContaining(row)]);
  const { target: name, remedy } = result.escapes[0]!;
  expect(target(result, name)!.verdict).toBe('escaped');
  for (const chunkLen of [97, 1500]) expect(tested(packets, rules, chunkLen)).toEqual(result);
  if (remedy !== null) {
    const mended = tested(packets, [...rules, ruleOf(remedy)]);
    expect(mended.escapes).toEqual([]);
    expect(target(mended, name)!.verdict).toBe('stopped');
  }
  return result;
}

describe('what is stopped', () => {
  it('counts connections that fell before the first answer, by TLS and by QUIC', () => {
    const packets = [
      ...tls({ serverName: 'www.youtube.com' }),
      ...udp(50_001)
        .send('client', initial(cryptoFrame({ offset: 0, data: quicHello('i.ytimg.com').subarray(0, 1100) }), 0))
        // An acknowledgement of the first half is no answer yet.
        .send('server', initialPacket(hex('0200000000'), { destinationConnectionId: SOURCE_ID, packetLen: 0 }))
        .send('client', initial(cryptoFrame({ offset: 1100, data: quicHello('i.ytimg.com').subarray(1100) }), 1))
        .send('server', Buffer.alloc(1200, 0x40)).packets,
      ...lookup('www.youtube.com', SITE),
      ...tls({ port: 50_002, serverName: 'github.com' }),
    ];
    const result = tested(packets, ['app:YOUTUBE', 'app:TIKTOK']);
    expect(target(result, 'YOUTUBE')).toEqual({
      target: 'YOUTUBE',
      kind: 'app',
      verdict: 'stopped',
      connections: 2,
      stopped: 2,
      late: 0,
      escaped: 0,
      empty: 0,
      stopped_by_quic: 1,
      lookups: 1,
      lookups_stopped: 1,
      passed_bytes: 0,
      answer_bytes: 0,
    });
    expect(target(result, 'TIKTOK')).toMatchObject({ verdict: 'absent', connections: 0 });
    expect([result.escapes, result.hidden]).toEqual([[], []]);
  });

  it('counts what no answer came to as empty, not as escaped', () => {
    const syn = conversation(50_000, NETFLIX_ADDRESS).handshake().packets.slice(0, 1);
    const result = tested(syn, ['app:NETFLIX']);
    expect(target(result, 'NETFLIX')).toMatchObject({ verdict: 'stopped', connections: 1, empty: 1 });
    expect(result.escapes).toEqual([]);
  });

  it('lists addresses, ports and names that rules hit beside the apps', () => {
    const ping = ipPacket(CLIENT, '198.51.100.7', PROTO_ICMP, hex('0800f7ff00000000'));
    const packets = [
      ...tls({ serverName: 'www.example.org' }),
      { data: ethernet(ping), timeMicros: FORGE_EPOCH_MICROS },
      ...tls({ port: 50_001, serverName: 'example.net', serverPort: 8443 }),
    ];
    const result = tested(packets, ['domain:example.org', 'ip:198.51.100.0/24', 'port:8443', 'port:25']);
    expect(result.targets.map((row) => [row.target, row.kind, row.verdict, row.stopped])).toEqual([
      ['domain:example.org', 'domain', 'stopped', 1],
      ['ip:198.51.100.0/24', 'ip', 'stopped', 1],
      ['port:8443', 'port', 'stopped', 1],
    ]);
  });
});

describe('a route of escape', () => {
  it('is an allow rule', () => {
    const packets = tls({ serverName: 'www.youtube.com' });
    const result = expectEscape(packets, ['app:YOUTUBE', '-domain:www.youtube.com'], {
      target: 'YOUTUBE',
      route: 'allow-rule',
      allowed_by: 'domain:www.youtube.com',
      remedy: null,
      connections: 1,
      passed_packets: packets.length,
    });
    expect(result.escapes[0]!.answer_bytes).toBeGreaterThan(2000);
    expectEscape(lookup('www.youtube.com', SITE), ['app:YOUTUBE', '-domain:www.youtube.com'], {
      route: 'allow-rule',
      lookups: 1,
    });
    expectEscape(packets, ['ip:203.0.113.0/24', '-app:YOUTUBE'], { target: 'ip:203.0.113.0/24', route: 'allow-rule' });
  });

  it('is another name of an app whose own site a domain rule blocks', () => {
    const packets = [
      ...tls({ serverName: 'www.youtube.com' }),
      ...tls({ port: 50_001, serverName: 'rr3---sn-4g5e.googlevideo.com' }),
      ...lookup('rr3---sn-4g5e.googlevideo.com', SITE),
    ];
    const result = expectEscape(packets, ['domain:youtube.com'], {
      target: 'YOUTUBE',
      route: 'other-name',
      remedy: '--block-domain googlevideo.com',
      connections: 2,
      lookups: 1,
    });
    expect(target(result, 'YOUTUBE')).toMatchObject({ connections: 2, stopped: 1, escaped: 1, lookups_stopped: 0 });
    // The name of a single host means the app too; a name that the app merely owns means only itself.
    expect(routes(tested(packets, ['domain:=www.youtube.com']))).toHaveLength(1);
    expect(tested(packets, ['domain:googlevideo.com'])).toMatchObject({
      targets: [{ target: 'domain:googlevideo.com', verdict: 'stopped', connections: 1, lookups: 1 }],
      escapes: [],
    });
  });

  it('is a capture that begins in the middle', () => {
    const joined = conversation(50_000).send('client', applicationData(300)).send('server', applicationData(900));
    const packets = [...lookup('www.tiktok.com', SITE, 40_001), ...joined.packets];
    const remedy = `--block-ip ${SITE}`;
    expectEscape(packets, ['app:TIKTOK'], { target: 'TIKTOK', route: 'mid-stream', remedy, late: 0 });
  });

  it('is an Encrypted ClientHello', () => {
    const packets = [
      ...lookup('www.tiktok.com', SITE, 40_001),
      ...tls({ serverName: 'cloudflare-ech.com', echPayloadLen: 200 }),
    ];
    const result = tested(packets, ['app:TIKTOK']);
    // A filter that remembers the look-up knows the site once the hello has shown that it hides it.
    expect(target(result, 'TIKTOK')).toMatchObject({ verdict: 'stopped', stopped: 1, lookups_stopped: 1 });
    const nameless = tested(packets.slice(2), ['app:TIKTOK']);
    expect(nameless.targets).toEqual([expect.objectContaining({ verdict: 'unseen' })]);
    expect(nameless.hidden).toEqual([expect.objectContaining({ route: 'ech', remedy: null, connections: 1 })]);
    const halves = conversation(50_000)
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'cloudflare-ech.com', echPayloadLen: 200 }).subarray(0, 900))
      .send('server', Buffer.from('hurry'))
      .send('client', clientHelloRecord({ serverName: 'cloudflare-ech.com', echPayloadLen: 200 }).subarray(900));
    halves.send('server', serverFlight(1, 2000));
    expectEscape([...packets.slice(0, 2), ...halves.packets], ['app:TIKTOK'], {
      route: 'ech',
      remedy: `--block-ip ${SITE}`,
      late: 1,
    });
  });

  it('is QUIC whose name comes late, or that began before', () => {
    const hello = cutCrypto(quicHello('www.youtube.com'), [600]).map(cryptoFrame);
    const packets = udp(50_000)
      .send('client', initial(hello[0]!, 0))
      .send('server', Buffer.concat([hex('c000000001'), Buffer.alloc(1195, 1)]))
      .send('client', initial(hello[1]!, 1))
      .send('server', Buffer.alloc(1200, 0x40)).packets;
    const row = { target: 'YOUTUBE', route: 'quic', remedy: '--block-port udp/443', connections: 1 } as const;
    expectEscape(packets, ['app:YOUTUBE'], { ...row, late: 1, answer_bytes: 1200 });
    const inFlight = udp(50_000, NETFLIX_ADDRESS)
      .send('client', opaqueShortPacket(DESTINATION_ID, 200, 1))
      .send('server', opaqueShortPacket(SOURCE_ID, 900, 2)).packets;
    expectEscape(inFlight, ['app:NETFLIX'], { ...row, target: 'NETFLIX', late: 0 });
  });

  it('is an address without a name, one of its own range or one that a DNS answer told', () => {
    const nameless = conversation(50_000, NETFLIX_ADDRESS, 7000).handshake().send('client', Buffer.alloc(100, 0xee));
    nameless.send('server', Buffer.alloc(100, 0xee));
    const result = expectEscape(nameless.packets, ['app:NETFLIX'], { target: 'NETFLIX', route: 'address-only' });
    expect(result.escapes[0]!.remedy).toMatch(/^--block-ip 23\.246\.\d+\.0\/\d+$/);
    const told = conversation(50_000, SITE, 7000).handshake().send('client', Buffer.alloc(100, 0xee));
    told.send('server', Buffer.alloc(100, 0xee));
    expectEscape([...lookup('www.tiktok.com', SITE), ...told.packets], ['app:TIKTOK'], {
      route: 'address-only',
      remedy: `--block-ip ${SITE}`,
    });
  });

  it('is encrypted DNS where the client used it, before or after', () => {
    const nameless = conversation(50_001, NETFLIX_ADDRESS, 7000).handshake().send('client', Buffer.alloc(100, 0xee));
    nameless.send('server', Buffer.alloc(100, 0xee));
    for (const port of [50_000, 50_002]) {
      const dot = tls({ port, address: '9.9.9.9', serverPort: 853, serverName: 'dns.quad9.net' });
      const packets = [...dot, ...nameless.packets];
      const result = expectEscape(packets, ['app:NETFLIX'], { target: 'NETFLIX', route: 'encrypted-dns' });
      expect(result.hidden).toEqual([
        expect.objectContaining({ route: 'encrypted-dns', remedy: '--block-port tcp/853', connections: 1 }),
      ]);
    }
  });

  it('is a guess at the addresses of a cloud', () => {
    const nameless = conversation(50_000, CLOUD_ADDRESS, 7000).handshake().send('client', Buffer.alloc(100, 0xee));
    nameless.send('server', Buffer.alloc(100, 0xee));
    expectEscape(nameless.packets, ['app:AMAZON'], { route: 'guess', remedy: `--block-ip ${CLOUD_ADDRESS}` });
  });

  it('is a name that comes after an answer', () => {
    const keptAlive = conversation(50_000, SITE, 80)
      .handshake()
      .send('client', httpRequest({ host: 'www.example.org' }))
      .send('server', httpResponse(Buffer.alloc(500, 'x')))
      .send('client', httpRequest({ host: 'www.tiktok.com' }))
      .send('server', httpResponse(Buffer.alloc(500, 'y')));
    expectEscape(keptAlive.packets, ['domain:tiktok.com'], { route: 'late-name', late: 1 });
  });
});

describe('what hides', () => {
  it('is told by kind, with what would stop it, unless it is blocked itself', () => {
    const noise = Buffer.from('00ff13572468ace0bdf1122334455667', 'hex');
    const packets = [
      ...tls({ port: 50_000, address: '8.8.8.8', serverName: 'dns.google' }),
      ...tls({ port: 50_001, serverName: undefined }),
      ...conversation(50_002, SITE, 9999).handshake().send('client', noise).send('server', noise).packets,
      ...conversation(50_003, SITE, 9998).send('client', noise).send('server', noise).packets,
      { data: ethernet(ipPacket(CLIENT, SITE, 50, Buffer.alloc(64, 9))), timeMicros: FORGE_EPOCH_MICROS },
    ];
    const { hidden } = tested(packets, ['app:TIKTOK']);
    expect(hidden.map(({ route, remedy }) => `${route} ${remedy}`).sort()).toEqual([
      'encrypted-dns --block-domain dns.google',
      'mid-stream null',
      'no-name null',
      'unrecognised null',
      `vpn --block-ip ${SITE}`,
    ]);
    expect(tested(tls({ serverName: 'x.example' }).slice(6), ['app:TIKTOK']).hidden[0]!.route).toBe('mid-stream');
    expect(tested(packets, ['app:TIKTOK', 'domain:dns.google']).hidden).toHaveLength(4);
    // Addresses and ports can't hide.
    expect(tested(packets, ['port:25']).hidden).toEqual([]);
  });
});

describe('memory', () => {
  it('has bounds: beyond ten thousand rows, escapes of a target and route share one', () => {
    const packets: ForgedPacket[] = [];
    for (let i = 0; i < 10_100; i++) {
      const address = `198.18.${i >> 8}.${i & 255}`;
      const one = new UdpConversation({ client: { address: CLIENT, port: 1000 + i }, server: { address, port: 7000 } });
      const asked = lookup('www.tiktok.com', address);
      packets.push(...delay([...asked, ...one.send('client', Buffer.alloc(40, 0xee)).packets], i * 100));
    }
    const { escapes, targets } = tested(packets, ['app:TIKTOK']);
    expect(escapes).toHaveLength(10_001);
    expect(escapes.reduce((sum, { connections }) => sum + connections, 0)).toBe(targets[0]!.escaped);
    expect(escapes.find(({ remedy }) => remedy === null)).toMatchObject({ connections: 100, route: 'address-only' });
  });
});
