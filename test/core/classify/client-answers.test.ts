import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { type DnsRecord, dnsOverTcp, dnsQuery, dnsResponse } from '../../forge/dns.js';
import { vlanEthernet } from '../../forge/link.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHelloRecord } from '../../forge/tls.js';
import type { Endpoint } from '../../forge/transport.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { analyzed } from '../../support/analyzed.js';

const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '203.0.113.5', port: 443 };
const resolver: Endpoint = { address: '192.0.2.1', port: 53 };
const HOST = 'www.youtube.com';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-answers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(...conversations: { packets: ForgedPacket[] }[]): Promise<ConnectionRecord[]> {
  const packets = conversations.flatMap((one) => one.packets).sort((a, b) => a.timeMicros - b.timeMicros);
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile(packets));
  return analyzed(file);
}

/** `asker` asks for HOST and is told the server's address, or `told`. */
function lookup(asker: Endpoint = client, told = server.address): UdpConversation {
  const question = { name: HOST };
  const answers = [{ name: HOST, type: 'A' as const, address: told, ttl: 60 }];
  return new UdpConversation({ client: { ...asker, port: 40_000 }, server: resolver })
    .send('client', dnsQuery(7, question))
    .send('server', dnsResponse(7, question, answers));
}

/** The same over TCP, the answer in segments of these lengths. */
function lookupOverTcp(answers: DnsRecord[], segments: number[]): TcpConversation {
  const question = { name: HOST };
  return new TcpConversation({ client: { ...client, port: 40_000 }, server: resolver })
    .handshake()
    .send('client', dnsOverTcp(dnsQuery(7, question)))
    .send('server', dnsOverTcp(dnsResponse(7, question, answers)), { segments });
}

const endOf = (asked: { packets: ForgedPacket[] }) => asked.packets.at(-1)!.timeMicros + 1000;

describe('a DNS answer', () => {
  const outer = clientHelloRecord({ echPayloadLen: 200 });
  const named = { app: 'YOUTUBE', domain: HOST, detected_by: 'dns-answer' };

  it('names the connection of the client that was told, to the address that it was told', async () => {
    const asked = lookup();
    const startMicros = endOf(asked);
    const whole = new TcpConversation({ client, server, startMicros }).handshake().send('client', outer);
    expect((await read(asked, whole)).at(-1)).toMatchObject({ ...named, src_ip: client.address });
    const others = new TcpConversation({ client: { ...client, address: '192.0.2.11' }, server, startMicros });
    expect((await read(asked, others.handshake().send('client', outer))).at(-1)!.detected_by).not.toBe('dns-answer');
  });

  const address = { name: HOST, type: 'A' as const, address: server.address };
  const alias = { name: HOST, type: 'CNAME' as const, target: 'edge.cdn.example' };
  it.each<[string, DnsRecord[], number[]]>([
    ['in one segment', [address], [1460]],
    ['in many segments', [address], [1, 2, 11, 30, 7]],
    ['with an alias', [alias, { ...address, name: 'edge.cdn.example' }], [60, 1000]],
    ['behind hundreds of bytes', [{ name: 'a.example', type: 'TXT', text: 'x'.repeat(250) }, address], [200]],
  ])('over TCP names it too: %s', async (_, answers, segments) => {
    const asked = lookupOverTcp(answers, segments);
    const whole = new TcpConversation({ client, server, startMicros: endOf(asked) }).handshake().send('client', outer);
    expect((await read(asked, whole)).at(-1)).toMatchObject({ ...named, src_ip: client.address });
  });

  it('counts in its own VLAN alone', async () => {
    const told = (vlan: number, name: string) => {
      const question = { name };
      return new UdpConversation({
        client: { ...client, port: 40_000 },
        server: resolver,
        encapsulate: vlanEthernet([vlan]),
      })
        .send('client', dnsQuery(7, question))
        .send('server', dnsResponse(7, question, [{ name, type: 'A', address: server.address }]));
    };
    const first = told(10, 'www.youtube.com');
    const second = told(20, 'www.netflix.com');
    const connections = [10, 20, 30].map((vlan) =>
      new TcpConversation({ client, server, startMicros: endOf(first), encapsulate: vlanEthernet([vlan]) })
        .handshake()
        .send('client', outer),
    );
    const records = await read(first, second, ...connections);
    expect(records.slice(2).map(({ app, vlan }) => [vlan, app])).toEqual([
      ['10', 'YOUTUBE'],
      ['20', 'NETFLIX'],
      ['30', 'UNKNOWN'],
    ]);
  });

  it.each([
    ['no request', (tcp: TcpConversation) => tcp.send('client', applicationData(90))],
    ['a request that hides its name', (tcp: TcpConversation) => tcp.send('client', outer)],
    ['nothing of the client', (tcp: TcpConversation) => tcp],
  ])('names a connection that begins with the server in the capture and shows %s', async (_what, goOn) => {
    const asked = lookup();
    const tcp = new TcpConversation({ client, server, startMicros: endOf(asked) });
    goOn(tcp.segment('server', 0, applicationData(400)));
    const connection = (await read(asked, tcp)).at(-1)!;
    expect(connection).toMatchObject({ ...named, src_ip: client.address, dst_ip: server.address, dst_port: 443 });
    // The source port behind an Ethernet and an IPv4 header.
    const fromClient = tcp.packets.filter(({ data }) => data.readUInt16BE(34) === client.port).length;
    expect(connection.packets_out).toBe(fromClient);
  });

  it('names a UDP connection that begins with the server in the capture', async () => {
    const asked = lookup();
    const udp = new UdpConversation({ client, server, startMicros: endOf(asked) });
    udp.send('server', Buffer.alloc(40, 0x41)).send('client', Buffer.alloc(40, 0x42));
    expect((await read(asked, udp)).at(-1)).toMatchObject({ ...named, src_ip: client.address, dst_port: 443 });
  });

  it('leaves who began as it is where a SYN shows it, or the first packet came from the higher port', async () => {
    const asked = lookup(server, client.address);
    const startMicros = endOf(asked);
    const whole = new TcpConversation({ client, server, startMicros }).handshake().send('client', applicationData(90));
    const middle = new TcpConversation({ client, server, startMicros }).send('client', applicationData(90));
    for (const tcp of [whole, middle]) {
      const connection = (await read(asked, tcp)).at(-1)!;
      expect(connection).toMatchObject({ src_ip: client.address, dst_ip: server.address });
      expect(connection.detected_by).not.toBe('dns-answer');
    }
  });
});
