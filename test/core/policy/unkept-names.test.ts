/** Rules decide on names that there is no room to remember: limits must not open the filter. */
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { dnsQuery } from '../../forge/dns.js';
import { be16, vector } from '../../forge/fields.js';
import { httpRequest } from '../../forge/http.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { apps, ruleSet } from '../../usecases/filter/filter-file.js';

const RULES = ['domain:evil.example'];
const limits = { ...DEFAULT_LIMITS, maxConnections: 1 << 10, dnsAnswers: 256, maxNames: 1 };
let port = 40_000;

function tcp(...payloads: Buffer[]): ForgedPacket[] {
  const conversation = new TcpConversation({
    client: { address: '192.0.2.10', port: port++ },
    server: { address: '203.0.113.10', port: 443 },
    startMicros: FORGE_EPOCH_MICROS + 1_000_000,
  }).handshake();
  for (const payload of payloads) conversation.send('client', payload);
  return conversation.close().packets;
}

function dns(...queries: Buffer[]): ForgedPacket[] {
  const conversation = new UdpConversation({
    client: { address: '192.0.2.10', port: port++ },
    server: { address: '192.0.2.1', port: 53 },
    startMicros: FORGE_EPOCH_MICROS + 1_000_000,
  });
  for (const query of queries) conversation.send('client', query);
  return conversation.packets;
}

const hello = (serverName: string) => clientHelloRecord({ serverName });
const get = (host: string) => httpRequest({ host });

/** A query with a question for each name. */
function questions(...names: string[]): Buffer {
  const one = dnsQuery(7, { name: names[0]! });
  const rest = names.slice(1).map((name) => dnsQuery(7, { name }).subarray(12));
  return Buffer.concat([one.subarray(0, 4), be16(names.length), one.subarray(6), ...rest]);
}

/** The connections that follow one whose name fills the table; how many packets each lost. */
function judged(packets: readonly ForgedPacket[], rules = RULES, changes: Partial<typeof limits> = {}) {
  const first = new TcpConversation({
    client: { address: '192.0.2.10', port: 30_000 },
    server: { address: '203.0.113.10', port: 443 },
  })
    .handshake()
    .send('client', hello('first.example')).packets;
  const connections: ConnectionRecord[] = [];
  const pipeline = new Pipeline({
    apps: apps(),
    limits: { ...limits, ...changes },
    seed: 5,
    rules: ruleSet(...rules),
    onConnection: (connection) => connections.push(connection),
    top: 0,
  });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  const file = pcapFile([...first, ...packets]);
  for (let at = 0; at < file.length; ) {
    at += stream.push(file, at);
    while (stream.nextBatch(batch)) pipeline.run(batch);
  }
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  return connections
    .filter(({ domain }) => domain !== 'first.example')
    .map(({ packets: all, passed_packets: passed, blocked_by: rule, domain }) => ({
      dropped: all - passed,
      rule,
      domain,
    }));
}

const BLOCKED = { rule: 'domain:evil.example', domain: null };

describe('names that there is no room for', () => {
  it.each([
    ['TLS', () => tcp(hello('www.EVIL.example'))],
    [
      'TLS in two segments',
      () => tcp(hello('www.evil.example').subarray(0, 60), hello('www.evil.example').subarray(60)),
    ],
    ['HTTP', () => tcp(get('evil.example.'))],
    ['a later request', () => tcp(get('good.example'), get('a.evil.example'))],
    ['UTF-8', () => tcp(get('bücher.evil.example'))],
  ])('block their connection: %s', (_, packets) => {
    const [row] = judged(packets());
    expect(row).toMatchObject(BLOCKED);
    expect(row!.dropped).toBeGreaterThan(0);
    expect(judged(packets(), ['domain:other.example'])).toMatchObject([{ dropped: 0, rule: null }]);
  });

  it('decide DNS messages one by one', () => {
    const query = (name: string) => dnsQuery(7, { name });
    expect(judged(dns(query('a.example'), query('evil.example'), query('b.example')))).toMatchObject([
      { dropped: 1, rule: 'domain:evil.example' },
    ]);
    expect(judged(dns(questions('a.example', 'b.example', 'x.evil.example')))).toMatchObject([{ dropped: 1 }]);
    expect(judged(dns(query('video.tiktok.com'), query('a.example')), ['app:TIKTOK'])).toMatchObject([{ dropped: 1 }]);
    const overTcp = ['evil.example', 'a.example'].map((name) => vector(2, query(name)));
    expect(judged(tcp(...overTcp))).toMatchObject([{ rule: 'domain:evil.example' }]);
  });

  it('let an allow rule decide', () => {
    const rules = ['domain:evil.example', 'ip:203.0.113.10', '-domain:fine.evil.example'];
    expect(judged(tcp(hello('fine.evil.example')), rules)).toMatchObject([{ dropped: 0, rule: null }]);
    expect(judged(tcp(hello('www.evil.example')), rules)[0]!.dropped).toBeGreaterThan(0);
    expect(judged(tcp(hello('other.example')), rules)[0]!).toMatchObject({ rule: 'ip:203.0.113.10' });
  });

  it('beyond the names of one connection still count', () => {
    const requests = Array.from({ length: 300 }, (_, i) => get(`h${i}.example`));
    const [row] = judged(tcp(...requests, get('evil.example'), get('last.example')), RULES, { maxNames: 1 << 10 });
    expect(row).toMatchObject({ rule: 'domain:evil.example', domain: 'h0.example' });
    expect(row!.dropped).toBeGreaterThan(1);
  });

  it('count by their end if they are longer than what is kept', () => {
    const name = `${'a.'.repeat(2500)}evil.example`;
    expect(judged(tcp(hello(name)), RULES, { maxNames: 1 << 10 })).toMatchObject([{ rule: 'domain:evil.example' }]);
    expect(judged(tcp(hello(name)))).toMatchObject([{ rule: 'domain:evil.example' }]);
  });
});
