import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS, type Limits, type PipelineOptions } from '../../../src/core/engine/options.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import type { Analysis } from '../../../src/core/engine/recognition.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { NO_RULES, type RuleSet } from '../../../src/core/policy/rule-set.js';
import { fragmentIp } from '../../forge/ip.js';
import { type Encapsulate, ethernet, vlanEthernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { cryptoFrame, initialPacket, opaqueShortPacket } from '../../forge/quic.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHello, clientHelloRecord, serverHello, tlsRecords } from '../../forge/tls.js';
import { udpPacket } from '../../forge/transport.js';
import { vxlan } from '../../forge/tunnels.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { Halves } from '../../support/halves.js';
import { someRules } from '../../support/some-rules.js';

const SAMPLES = path.resolve(import.meta.dirname, '../../../samples');
const CORPUS = path.resolve(import.meta.dirname, '../../../../shared/corpus/captures');
const APPS = createAppTable([]);
const SEED = 5;

/** So few of everything that each bound is met. */
const FEW: Limits = {
  ...DEFAULT_LIMITS,
  maxConnections: 6,
  maxReassemblyLen: 8192,
  maxStreams: 3,
  maxFragmentLen: 8192,
  maxDatagramStates: 2,
  dnsAnswers: 4,
  maxNames: 8,
};

const RULES = someRules(APPS);

/** Bounds and rules of a run. */
interface Setting {
  readonly limits: Limits;
  readonly rules: RuleSet;
}

const SETTINGS: readonly Setting[] = [
  { limits: DEFAULT_LIMITS, rules: NO_RULES },
  { limits: FEW, rules: NO_RULES },
  { limits: DEFAULT_LIMITS, rules: RULES },
  { limits: FEW, rules: RULES },
];

/** Feeds a capture in pieces of `pieceLen` bytes; `pieceDone` is called where the packets so far have been taken. */
function feed(bytes: Buffer, pieceLen: number, take: (batch: PacketBatch) => void, pieceDone: () => void): void {
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  for (let given = 0, atEnd = false; ; ) {
    while (stream.nextBatch(batch)) take(batch);
    pieceDone();
    if (atEnd || stream.stopped) return;
    if (given === bytes.length) {
      atEnd = true;
      stream.end();
    } else given += stream.push(bytes.subarray(given, given + pieceLen));
  }
}

/** Options of a run, and what its report and its connections are once it has ended. */
function harness({ limits, rules }: Setting) {
  const lines: string[] = [];
  const options: PipelineOptions = {
    apps: APPS,
    seed: SEED,
    limits,
    rules,
    top: 5,
    handshakes: true,
    onConnection: (connection) => lines.push(JSON.stringify(connection)),
  };
  const report = (analysis: Analysis): string => {
    lines.push(JSON.stringify(summarise(analysis, [], 'dpi', rules, null)));
    lines.push(JSON.stringify(analysis.recognition.largest.sorted()));
    return lines.join('\n');
  };
  return { options, report };
}

function inOne(bytes: Buffer, setting: Setting, pieceLen: number): string {
  const { options, report } = harness(setting);
  const pipeline = new Pipeline(options);
  feed(
    bytes,
    pieceLen,
    (batch) => pipeline.run(batch),
    () => {},
  );
  while (pipeline.drain(3));
  return report(pipeline);
}

/** The same in two halves; the sender learns only after `lag` blocks which connections are settled. */
function inTwo(bytes: Buffer, setting: Setting, pieceLen: number, lag: number): { text: string; eventsLen: number } {
  const { options, report } = harness(setting);
  const halves = new Halves(options, (blocks) => blocks % lag === 0);
  feed(
    bytes,
    pieceLen,
    (batch) => halves.run(batch),
    () => halves.handOver(),
  );
  halves.drain(3);
  return { text: report(halves), eventsLen: halves.eventsLen };
}

/** The client's packets without a tag. */
function answersIn(encapsulate: Encapsulate): Encapsulate {
  return (ip) => (ip.at(ip[0]! >> 4 === 6 ? 23 : 15) === 1 ? ethernet(ip) : encapsulate(ip));
}

describe('an analysis in two halves', () => {
  const samples = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/.test(name));

  it.each(samples)('says of %s what one does, whatever the pieces and however late the sender learns', (name) => {
    const bytes = readFileSync(path.join(SAMPLES, name));
    for (const setting of SETTINGS) {
      const whole = inOne(bytes, setting, 1 << 20);
      expect(whole.length).toBeGreaterThan(500);
      for (const pieceLen of [1 << 20, 5000, 700]) {
        const expected = pieceLen === 1 << 20 ? whole : inOne(bytes, setting, pieceLen);
        for (const lag of [1, 5, Infinity]) expect(inTwo(bytes, setting, pieceLen, lag).text).toBe(expected);
      }
    }
  });

  it('wants no payload of a connection that is settled', () => {
    const bytes = readFileSync(path.join(SAMPLES, samples[0]!));
    expect(inTwo(bytes, SETTINGS[0]!, 1000, 1).eventsLen).toBeLessThan(
      inTwo(bytes, SETTINGS[0]!, 1000, Infinity).eventsLen,
    );
  });

  it('tells of fragments that belong to a blocked datagram', () => {
    const big = udpPacket(
      { address: '192.0.2.1', port: 6000 },
      { address: '192.0.2.2', port: 443 },
      Buffer.alloc(2000, 'x'),
    );
    const pieces = fragmentIp(big, 576, 77);
    const packets = [...pieces, pieces.at(-1)!].map((piece, i) => ({
      data: ethernet(piece),
      timeMicros: FORGE_EPOCH_MICROS + i,
    }));
    const bytes = pcapFile(packets);
    const setting = { limits: DEFAULT_LIMITS, rules: RULES };
    const whole = inOne(bytes, setting, 500);
    expect(JSON.parse(whole.split('\n').at(-2)!).dropped_packets).toBe(2);
    expect(inTwo(bytes, setting, 500, 1).text).toBe(whole);
  });

  it('tells of hellos behind the first, whenever the sender learns that their connections are settled', () => {
    const client = { address: '192.0.2.1', port: 6000 };
    const server = { address: '192.0.2.2', port: 443 };
    const initial = (serverName: string, id: Buffer) => {
      const data = clientHello({ serverName, postQuantum: false, quicTransportParameters: id });
      return initialPacket(cryptoFrame({ offset: 0, data }), { destinationConnectionId: id });
    };
    const noise = Array.from({ length: 12 }, (_, n) => opaqueShortPacket(Buffer.alloc(8, 1), 300, n));
    const quic = new UdpConversation({ client, server });
    quic.send('client', initial('decoy.example', Buffer.alloc(8, 1)), ...noise);
    quic.send('client', initial('other.example', Buffer.alloc(8, 2)), ...noise);
    quic.send('client', initial('www.youtube.com', Buffer.alloc(8, 3)), ...noise);
    const retry = serverHello();
    Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex').copy(retry, 6);
    const tls = new TcpConversation({ client, server })
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'decoy.example' }))
      .send('server', tlsRecords(22, retry))
      .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }), { segments: [300, 900, 1_460] })
      .send('client', applicationData(9_000));
    for (const { packets } of [quic, tls]) {
      const bytes = pcapFile(packets);
      for (const setting of SETTINGS) {
        for (const pieceLen of [1 << 20, 2_000, 300]) {
          const whole = inOne(bytes, setting, pieceLen);
          expect(whole).toContain('"www.youtube.com"');
          for (const lag of [1, 2, 3, 5, Infinity]) expect(inTwo(bytes, setting, pieceLen, lag).text).toBe(whole);
        }
      }
    }
  });

  it('tells of VLANs and overlay networks, and of answers in another one', () => {
    const ends = [
      { client: { address: '192.0.2.1', port: 6000 }, server: { address: '192.0.2.2', port: 443 } },
      { client: { address: '2001:db8::1', port: 6000 }, server: { address: '2001:db8::2', port: 443 } },
    ];
    const tunnel = { from: '172.16.0.1', to: '172.16.0.2' };
    const packets = ends.flatMap((one, n) =>
      [vlanEthernet([1, 10]), vxlan(tunnel, 7), vlanEthernet([20]), answersIn(vlanEthernet([30]))].flatMap(
        (encapsulate, k) =>
          new TcpConversation({ ...one, encapsulate, startMicros: FORGE_EPOCH_MICROS + 10 * n + k })
            .handshake()
            .send('client', clientHelloRecord({ serverName: `${n}-${k}.youtube.com` }))
            .send('server', applicationData(2_000)).packets,
      ),
    );
    packets.sort((a, b) => a.timeMicros - b.timeMicros);
    const bytes = pcapFile(packets);
    for (const setting of SETTINGS) {
      for (const pieceLen of [1 << 20, 2_000]) {
        const whole = inOne(bytes, setting, pieceLen);
        expect(whole).toContain('"vlan":"1.10","network":null');
        expect(whole).toContain('"network":"vxlan:7"');
        for (const lag of [1, 3, Infinity]) expect(inTwo(bytes, setting, pieceLen, lag).text).toBe(whole);
      }
    }
    expect(JSON.parse(inOne(bytes, SETTINGS[0]!, 2_000).split('\n').at(-2)!).total_connections).toBe(8);
  });

  const present = existsSync(CORPUS);
  if (!present) console.warn('corpus absent: the two halves are not compared on the reference captures');

  it.skipIf(!present)(
    'says of every reference capture what one does',
    () => {
      const differing: string[] = [];
      let compared = 0;
      for (const name of readdirSync(CORPUS)) {
        const bytes = readFileSync(path.join(CORPUS, name));
        for (const setting of SETTINGS) {
          compared++;
          if (inTwo(bytes, setting, 1 << 19, 2).text !== inOne(bytes, setting, 1 << 19)) differing.push(name);
        }
      }
      expect(differing).toEqual([]);
      expect(compared).toBeGreaterThan(1000);
    },
    600_000,
  );
});
