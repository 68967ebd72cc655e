/** Reports say what could not be looked into: packets by cause, connections by reason. */
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { NO_RULES } from '../../../src/core/policy/rule-set.js';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
import { httpRequest, httpResponse } from '../../forge/http.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket, snap } from '../../forge/packet.js';
import { type PcapOptions, pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { apps } from '../../usecases/filter/filter-file.js';

const limits = { ...DEFAULT_LIMITS, maxConnections: 1 << 10, dnsAnswers: 256 };
const CLIENT = { address: '192.0.2.10', port: 50_000 };

function summaryOf(packets: readonly ForgedPacket[], options: PcapOptions = {}) {
  const pipeline = new Pipeline({ apps: apps(), limits, seed: 1, top: 0, handshakes: true });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  const file = pcapFile(packets, options);
  for (let at = 0; at < file.length; ) {
    at += stream.push(file, at);
    while (stream.nextBatch(batch)) pipeline.run(batch);
  }
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  return summarise(pipeline, [], 'dpi test', NO_RULES, null);
}

const routesOf = (packets: readonly ForgedPacket[]) => summaryOf(packets).hidden.map(({ route }) => route);

function tcp(request: Buffer, answer: Buffer, address = '198.51.100.7', port = 443): ForgedPacket[] {
  return new TcpConversation({
    client: CLIENT,
    server: { address, port },
    startMicros: FORGE_EPOCH_MICROS + 1_000_000,
  })
    .handshake()
    .send('client', request)
    .send('server', answer)
    .close().packets;
}

function lookup(query: Buffer, answer: Buffer): ForgedPacket[] {
  return new UdpConversation({ client: { ...CLIENT, port: 40_000 }, server: { address: '192.0.2.1', port: 53 } })
    .send('client', query)
    .send('server', answer).packets;
}

const tls = (serverName: string | undefined, address?: string, port?: number) =>
  tcp(clientHelloRecord(serverName === undefined ? {} : { serverName }), serverFlight(1, 500), address, port);

describe('unread packets', () => {
  const packets = tls('www.example.com');

  it('are listed by cause, with their share', () => {
    expect(summaryOf(packets).unread).toEqual([]);
    const bytes = packets.reduce((sum, { data }) => sum + data.length, 0);
    expect(summaryOf(packets, { linkType: 272 }).unread).toEqual([
      {
        cause: 'unsupported_link_type',
        value: 272,
        name: expect.any(String),
        packets: packets.length,
        bytes,
        share: 1,
      },
    ]);
    const strange = { timeMicros: FORGE_EPOCH_MICROS, data: ethernet(Buffer.alloc(46), 0x88b5) };
    const [row] = summaryOf([...packets, strange]).unread;
    expect(row).toMatchObject({ cause: 'unknown_ether_type', value: 0x88b5, packets: 1 });
    expect(row!.share).toBeCloseTo(strange.data.length / (bytes + strange.data.length), 3);
    const cut = summaryOf(snap(packets, 34));
    expect(cut.unread).toMatchObject([{ cause: 'cut_header', packets: packets.length }]);
  });
});

describe('hidden connections', () => {
  it('are those of protocols that name hosts, without a readable name', () => {
    expect(routesOf(tls('www.example.com'))).toEqual([]);
    expect(routesOf(tls(undefined))).toEqual(['no-name']);
    const page = httpResponse(Buffer.from('hello'));
    expect(routesOf(tcp(httpRequest({ host: 'a.example' }), page, '198.51.100.7', 80))).toEqual([]);
    expect(routesOf(tcp(httpRequest({ host: null }), page, '198.51.100.7', 80))).toEqual(['no-name']);
    const query = dnsQuery(7, { name: 'a.example' });
    const answer = dnsResponse(7, { name: 'a.example' }, []);
    expect(routesOf(lookup(query, answer))).toEqual([]);
    // A label type that does not exist (RFC 1035 §4.1.4).
    const damaged = Buffer.from(query);
    damaged[12] = 0x80;
    expect(routesOf(lookup(damaged, damaged))).toEqual(['no-name']);
    const root = dnsQuery(7, { name: '' });
    expect(routesOf(lookup(root, dnsResponse(7, { name: '' }, [])))).toEqual([]);
  });

  it('are those of encrypted DNS, by the one list of names and addresses', () => {
    for (const name of ['dns.google', 'doh.li', 'dns.njal.la', 'abc.nextdns.io', 'mozilla.cloudflare-dns.com']) {
      expect(routesOf(tls(name)), name).toEqual(['encrypted-dns']);
    }
    for (const address of ['8.8.8.8', '1.1.1.1', '9.9.9.9', '94.140.14.14']) {
      expect(routesOf(tls(undefined, address)), address).toEqual(['encrypted-dns']);
      expect(routesOf(tls(address, address)), address).toEqual(['encrypted-dns']);
    }
    expect(routesOf(tls('www.example.com', '198.51.100.7', 853))).toEqual(['encrypted-dns']);
    expect(routesOf(tls('www.google.com'))).toEqual([]);
  });

  it('are those that offer Encrypted ClientHello, unless DNS tells that the name is the site', () => {
    const hello = (serverName: string) =>
      tcp(clientHelloRecord({ serverName, echPayloadLen: 200 }), serverFlight(1, 500));
    const told = (name: string) =>
      lookup(dnsQuery(7, { name }), dnsResponse(7, { name }, [{ name, type: 'A', address: '198.51.100.7' }]));
    expect(routesOf(hello('front.example'))).toEqual(['ech']);
    expect(routesOf([...told('front.example'), ...hello('front.example')])).toEqual([]);
    expect(routesOf([...told('site.example'), ...hello('front.example')])).toEqual(['ech']);
  });
});
