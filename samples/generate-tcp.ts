import { DNS_A, DNS_HTTPS, dnsQuery, dnsResponse } from '../test/forge/dns.js';
import { httpRequest, httpResponse } from '../test/forge/http.js';
import { fragmentIp } from '../test/forge/ip.js';
import { ethernet } from '../test/forge/link.js';
import { delay, FORGE_EPOCH_MICROS, type ForgedPacket } from '../test/forge/packet.js';
import { Prng } from '../test/forge/prng.js';
import { TcpConversation, type TcpConversationOptions } from '../test/forge/tcp-conversation.js';
import {
  applicationData,
  type ClientHelloOptions,
  clientHello,
  clientHelloRecord,
  RECORD_HANDSHAKE,
  serverFlight,
  tlsRecords,
} from '../test/forge/tls.js';
import { udpPacket } from '../test/forge/transport.js';
import { UdpConversation } from '../test/forge/udp-conversation.js';
import { client, pcapSample, type Sample, server } from './generate-sample.js';

const YOUTUBE = 'www.youtube.com';

/** TLS, HTTP and DNS over TCP and UDP in every shape that hides a name from a reader of single packets. */
export function tcpSamples(): Sample[] {
  return [
    pcapSample('tls-cut-inside-sni', cutInsideName()),
    pcapSample('tls-segments-reversed', tls({ serverName: YOUTUBE }, { segments: [500], order: [3, 2, 1, 0] })),
    pcapSample('tls-hello-6k-sni-last', tls({ serverName: 'www.netflix.com', serverNameAt: 'last', messageLen: 6144 })),
    pcapSample('tls-hello-12k-sni-last', tls({ serverName: 'discord.com', serverNameAt: 'last', messageLen: 12_288 })),
    pcapSample('tls-many-records-one-segment', splitRecords(Infinity)),
    pcapSample('tls-many-records-many-segments', splitRecords(97)),
    pcapSample('tls-one-byte-a-segment', oneByteSegments()),
    pcapSample('tls-ip-fragments', ipFragments(false)),
    pcapSample('tls-ip-fragments-reversed', ipFragments(true)),
    pcapSample('tls-retransmission-overlap', overlap(true)),
    pcapSample('tls-retransmission-other-content', overlap(false)),
    pcapSample('tls-no-handshake', withoutHandshake()),
    pcapSample('tls-odd-port', tls({ serverName: 'api.github.com' }, {}, { server: server(41, 7777) })),
    pcapSample('tls-upper-case-trailing-dot', tls({ serverName: 'WWW.YouTube.COM.' })),
    pcapSample(
      'tls-sequence-wrap',
      tls({ serverName: YOUTUBE }, {}, { clientIsn: 0xffff_fd00, serverIsn: 0xffff_fff0 }),
    ),
    pcapSample('tls-decoy-second-hello', decoy()),
    pcapSample('tls-ech', tls({ serverName: 'cloudflare-ech.com', echPayloadLen: 208 })),
    pcapSample('tls-lookalikes', lookalikes()),
    pcapSample('tls-server-first-in-capture', serverFirst()),
    pcapSample('tls-port-reuse', portReuse()),
    pcapSample('http-escape-sequences', hostileHosts()),
    pcapSample('http-pipelined-proxy', proxy()),
    pcapSample('dns-answer-names-connection', dnsThenAddress()),
  ];
}

function tls(
  hello: ClientHelloOptions,
  send: Parameters<TcpConversation['send']>[2] = {},
  options: Partial<TcpConversationOptions> = {},
): ForgedPacket[] {
  const conversation = new TcpConversation({ client: client(50_001), server: server(10), ...options });
  return finish(conversation.handshake().send('client', clientHelloRecord(hello), send));
}

/** The server's flight, some data, and the end. */
function finish(conversation: TcpConversation): ForgedPacket[] {
  conversation
    .send('server', serverFlight())
    .send('client', applicationData(120))
    .send('server', applicationData(1800));
  return conversation.close().packets;
}

function cutInsideName(): ForgedPacket[] {
  const record = clientHelloRecord({ serverName: YOUTUBE, serverNameAt: 9 });
  const inside = record.indexOf('youtube');
  return tls({ serverName: YOUTUBE, serverNameAt: 9 }, { segments: [inside + 3, 1460] });
}

function splitRecords(segmentLen: number): ForgedPacket[] {
  const records = tlsRecords(RECORD_HANDSHAKE, clientHello({ serverName: YOUTUBE, postQuantum: false }), [3, 40, 61]);
  const conversation = new TcpConversation({ client: client(50_002), server: server(10) });
  return finish(conversation.handshake().send('client', records, { segments: [segmentLen] }));
}

function oneByteSegments(): ForgedPacket[] {
  const record = clientHelloRecord({ serverName: YOUTUBE, postQuantum: false, grease: false });
  const conversation = new TcpConversation({ client: client(50_003), server: server(10), stepMicros: 50 });
  return finish(conversation.handshake().send('client', record, { segments: [1] }));
}

function ipFragments(reversed: boolean): ForgedPacket[] {
  const whole: Buffer[] = [];
  const conversation = new TcpConversation({
    client: client(50_004),
    server: server(10),
    mss: 4000,
    ip: { id: 0x1234 },
    encapsulate: (ip) => {
      whole.push(ip);
      return ethernet(ip);
    },
  });
  const packets = tlsInto(conversation);
  return packets.flatMap((packet, index) => {
    if (packet.data.length < 1000) return [packet];
    const fragments = fragmentIp(whole[index]!, 576, 0x4000 + index).map((ip) => ethernet(ip));
    if (reversed) fragments.reverse();
    return fragments.map((data, part) => ({ data, timeMicros: packet.timeMicros + part }));
  });
}

function tlsInto(conversation: TcpConversation): ForgedPacket[] {
  return finish(conversation.handshake().send('client', clientHelloRecord({ serverName: YOUTUBE })));
}

/** The middle segment comes last; what is sent again overlaps it, with the same or with other bytes. */
function overlap(same: boolean): ForgedPacket[] {
  const record = clientHelloRecord({ serverName: YOUTUBE, serverNameAt: 4 });
  const other = same ? record : Buffer.from(record.toString('latin1').replace(YOUTUBE, 'www.example.com'), 'latin1');
  const conversation = new TcpConversation({ client: client(50_005), server: server(10) }).handshake();
  conversation.segment('client', 0, record.subarray(0, 400));
  conversation.segment('client', 900, record.subarray(900, 1500));
  conversation.segment('client', 0, other.subarray(0, 700));
  conversation.segment('client', 300, other.subarray(300, 1000));
  conversation.segment('client', 1400, record.subarray(1400));
  return finish(conversation.acknowledge('server'));
}

function withoutHandshake(): ForgedPacket[] {
  const conversation = new TcpConversation({ client: client(50_006), server: server(10) });
  return finish(conversation.send('client', clientHelloRecord({ serverName: YOUTUBE })));
}

/** The first hello counts: a second one, in clear on an established connection, is what an evader would add. */
function decoy(): ForgedPacket[] {
  const conversation = new TcpConversation({ client: client(50_007), server: server(10) }).handshake();
  conversation.send('client', clientHelloRecord({ serverName: YOUTUBE })).send('server', serverFlight());
  conversation.send('client', clientHelloRecord({ serverName: 'www.example.com', seed: 9 }));
  return finish(conversation);
}

function lookalikes(): ForgedPacket[] {
  const names = ['notyoutube.com', 'youtube.com.evil.example', 'youtube.com', 'm.youtube.com', 'xn--yutube-wqf.com'];
  return names.flatMap((serverName, index) =>
    tls(
      { serverName, postQuantum: false },
      {},
      {
        client: client(50_100 + index),
        server: server(100 + index),
        startMicros: FORGE_EPOCH_MICROS + index * 50_000,
      },
    ),
  );
}

/** The capture began between SYN and SYN-ACK. */
function serverFirst(): ForgedPacket[] {
  return tls({ serverName: YOUTUBE }).slice(1);
}

/** Two connections one after the other on the same five-tuple. */
function portReuse(): ForgedPacket[] {
  const first = tls({ serverName: YOUTUBE });
  const second = tls({ serverName: 'github.com', seed: 3 }, {}, { clientIsn: 0x7000_0000, serverIsn: 0x7100_0000 });
  return [...first, ...delay(second, 5_000_000)];
}

function hostileHosts(): ForgedPacket[] {
  const hosts = [
    Buffer.from('\u001b[2J\u001b[31mevil.example'),
    Buffer.from('a\u202egro.elgoog.example', 'utf8'),
    Buffer.from([0x62, 0xff, 0xc3, 0x28, 0x2e, 0x74, 0x65, 0x73, 0x74]),
    Buffer.from('=cmd|calc.example'),
    Buffer.from('c\u009b31mone.example', 'utf8'),
  ];
  return hosts.flatMap((host, index) => {
    const startMicros = FORGE_EPOCH_MICROS + index * 20_000;
    const conversation = new TcpConversation({ client: client(50_200 + index), server: server(60, 80), startMicros });
    conversation
      .handshake()
      .send('client', httpRequest({ host }))
      .send('server', httpResponse(Buffer.from('hello\n')));
    return conversation.close().packets;
  });
}

/** Requests for several hosts on one connection to a proxy, the last two pipelined in one segment. */
function proxy(): ForgedPacket[] {
  const request = (host: string): Buffer => httpRequest({ target: `http://${host}/index.html`, host });
  const conversation = new TcpConversation({ client: client(50_300), server: server(200, 3128) }).handshake();
  conversation.send('client', request('example.org')).send('server', httpResponse(new Prng(7).bytes(400)));
  conversation.send('client', Buffer.concat([request('www.msftconnecttest.com'), request('i.ytimg.com')]));
  const responses = [httpResponse(Buffer.from('one\n')), httpResponse(Buffer.from('two\n'))];
  return conversation.send('server', Buffer.concat(responses)).close().packets;
}

/** A look-up through a CNAME, then a connection that names nothing, to the address of the answer. */
function dnsThenAddress(): ForgedPacket[] {
  const question = { name: 'www.netflix.com', type: DNS_A };
  const resolver = new UdpConversation({ client: client(40_000), server: { address: '192.0.2.1', port: 53 } });
  resolver.send('client', dnsQuery(0x1001, question), dnsQuery(0x1002, { ...question, type: DNS_HTTPS }));
  resolver.send(
    'server',
    dnsResponse(0x1001, question, [
      { name: 'www.netflix.com', type: 'CNAME', target: 'apiproxy.geo.netflix.example' },
      { name: 'apiproxy.geo.netflix.example', type: 'A', address: '203.0.113.20' },
    ]),
    dnsResponse(0x1002, { ...question, type: DNS_HTTPS }, [
      { name: 'www.netflix.com', type: 'HTTPS', priority: 1, target: '.', alpn: ['h2'], ipv4: ['203.0.113.20'] },
    ]),
  );
  const nameless = tls({ postQuantum: false }, {}, { server: server(20), startMicros: FORGE_EPOCH_MICROS + 20_000 });
  const unknown = udpPacket(client(40_100), server(20, 9999), new Prng(8).bytes(64));
  return [...resolver.packets, ...nameless, { data: ethernet(unknown), timeMicros: FORGE_EPOCH_MICROS + 90_000 }];
}
