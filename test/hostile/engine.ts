import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS, Pipeline } from '../../src/core/engine/pipeline.js';
import { NO_RULES, type RuleSet } from '../../src/core/policy/rule-set.js';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { delay, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { TcpConversation, type TcpConversationOptions } from '../forge/tcp-conversation.js';
import { type ClientHelloOptions, clientHelloRecord } from '../forge/tls.js';

export const NAME = 'www.youtube.com';
export const DECOY = 'www.example.com';

const apps = createAppTable([]);
/** Tables of a size that is quickly made. */
const limits = { ...DEFAULT_LIMITS, maxConnections: 1 << 13, dnsAnswers: 256 };

/** Runs a capture's bytes through the whole engine; its connections in the order in which they began. */
function analyzeBytes(capture: Buffer, rules = NO_RULES): ConnectionRecord[] {
  const connections: ConnectionRecord[] = [];
  const pipeline = new Pipeline({
    apps,
    limits,
    rules,
    seed: 7,
    top: 0,
    onConnection: (one) => void connections.push(one),
  });
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  for (let at = 0; ; ) {
    while (stream.nextBatch(batch)) pipeline.run(batch);
    if (stream.stopped) break;
    if (at < capture.length) at += stream.push(capture, at);
    else break;
  }
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  if (pipeline.recognition.inspection.pool.lentLen !== 0)
    throw new Error(`${pipeline.recognition.inspection.pool.lentLen} bytes were not given back`);
  return connections.sort((a, b) => a.id - b.id);
}

export function analyzePackets(packets: readonly ForgedPacket[], rules?: RuleSet): ConnectionRecord[] {
  return analyzeBytes(pcapFile(packets), rules);
}

/** What is asserted of most connections. */
export function labels(connections: readonly ConnectionRecord[]): string[] {
  return connections.map((one) => `${one.domain} by ${one.detected_by}`);
}

const server = { address: '203.0.113.10', port: 443 };

/** The `index`-th connection of a capture: its own client port, a second after the one before. */
export function conversation(index = 0, options: Partial<TcpConversationOptions> = {}): TcpConversation {
  const client = { address: '192.0.2.7', port: 10_000 + index };
  return new TcpConversation({ client, server, stepMicros: 100, ...options });
}

/** One connection for each of `count` variants, one after the other in one capture. */
export function labelsOfEach(count: number, packetsOf: (index: number) => readonly ForgedPacket[]): string[] {
  const packets = Array.from({ length: count }, (_, index) => delay(packetsOf(index), index * 1e5)).flat();
  const connections = analyzePackets(packets);
  if (connections.length !== count) throw new Error(`${connections.length} connections for ${count} variants`);
  return labels(connections);
}

/** A hello without a post-quantum share: about 300 bytes. */
export function smallHello(serverName = NAME, options: ClientHelloOptions = {}): Buffer {
  return clientHelloRecord({ serverName, postQuantum: false, grease: false, serverNameAt: 3, ...options });
}

/** A hello as browsers send it: about 1.9 KB. */
export function browserHello(serverName = NAME, options: ClientHelloOptions = {}): Buffer {
  return clientHelloRecord({ serverName, ...options });
}

export function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
  );
}

export function all(label: string, count: number): string[] {
  return Array.from({ length: count }, () => label);
}
