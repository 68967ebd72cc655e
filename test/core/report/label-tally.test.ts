import { describe, expect, it } from 'vitest';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { reportOf } from '../facts/run-packets.js';

const CLIENT = { address: '192.0.2.10', port: 50_000 };

function tcp(port: number, request: Buffer, answer: Buffer): ForgedPacket[] {
  return new TcpConversation({
    client: CLIENT,
    server: { address: '198.51.100.7', port },
    startMicros: FORGE_EPOCH_MICROS + 1_000_000,
  })
    .handshake()
    .send('client', request)
    .send('server', answer)
    .close().packets;
}

function lookup(name: string, port = 53): ForgedPacket[] {
  return new UdpConversation({ client: { ...CLIENT, port: 40_000 }, server: { address: '192.0.2.1', port } })
    .send('client', dnsQuery(1, { name }))
    .send('server', dnsResponse(1, { name }, [])).packets;
}

const youtube = () => tcp(443, clientHelloRecord({ serverName: 'www.youtube.com' }), serverFlight(1, 500));
const ssh = () => tcp(22, Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'));

describe('labels', () => {
  it('name the app, else the protocol, else say unknown with a reason', () => {
    const noise = tcp(4444, Buffer.alloc(40, 0xee), Buffer.alloc(40, 0xee));
    for (const [packets, label, app] of [
      [youtube(), 'YOUTUBE', 'YOUTUBE'],
      [ssh(), 'ssh', 'UNKNOWN'],
      [noise, 'unknown', 'UNKNOWN'],
    ] as const) {
      const { connections, labels } = reportOf(packets);
      expect(connections).toMatchObject([{ label, app, is_lookup: false }]);
      expect(labels).toMatchObject([{ label, connections: 1, lookups: 0, packets: packets.length }]);
    }
    expect(reportOf(noise).connections[0]!.unknown_reason).toBe('unsupported-protocol');
    expect(reportOf(noise).protocols).toMatchObject([{ protocol: 'none', connections: 1 }]);
  });

  it('count look-ups apart from the connections of their app', () => {
    const { labels, apps, connections } = reportOf([...lookup('www.youtube.com'), ...youtube()]);
    expect(connections.map((one) => one.is_lookup)).toEqual([true, false]);
    expect(labels).toMatchObject([{ label: 'YOUTUBE', kind: 'app', category: 'video', connections: 1, lookups: 1 }]);
    expect(apps).toMatchObject([{ app: 'YOUTUBE', connections: 2, lookups: 1 }]);
  });

  it('count a look-up of no app under its protocol', () => {
    for (const [port, label] of [[53, 'dns'] as const, [5353, 'mdns'] as const, [5355, 'llmnr'] as const]) {
      expect(reportOf(lookup('printer.example', port)).labels).toMatchObject([
        { label, kind: 'protocol', category: null, connections: 0, lookups: 1 },
      ]);
    }
  });

  it('count packets outside of connections as unknown', () => {
    const arp = Buffer.concat([Buffer.alloc(12), Buffer.from([0x08, 0x06]), Buffer.alloc(28)]);
    const { labels, protocols } = reportOf([...ssh(), { timeMicros: FORGE_EPOCH_MICROS, data: arp }]);
    expect(labels.at(-1)).toMatchObject({ label: 'unknown', kind: 'unknown', connections: 0, packets: 1 });
    expect(protocols.at(-1)).toMatchObject({ protocol: 'none', connections: 0, packets: 1 });
  });
});
