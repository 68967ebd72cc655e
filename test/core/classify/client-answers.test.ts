import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
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

const endOf = (asked: UdpConversation) => asked.packets.at(-1)!.timeMicros + 1000;

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
