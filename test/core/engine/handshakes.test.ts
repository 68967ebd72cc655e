import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { certificate, serverFlight12 } from '../../forge/certificate.js';
import { dnsResponse } from '../../forge/dns.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { ACK, type Endpoint, SYN } from '../../forge/transport.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { analyzed } from '../../support/analyzed.js';

const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '203.0.113.5', port: 443 };
const google = certificate({ commonName: '*.google.com', altNames: ['*.google.com', '*.youtube.com'] });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-handshakes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(packets: readonly ForgedPacket[]): Promise<ConnectionRecord[]> {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile([...packets].sort((a, b) => a.timeMicros - b.timeMicros)));
  return analyzed(file);
}

function conversation(): TcpConversation {
  return new TcpConversation({ client, server }).handshake();
}

describe('handshakes', () => {
  it('report the version, protocol and certificate that the server chose', async () => {
    const { packets } = conversation()
      .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }))
      .send('server', serverFlight12([google], 2, 'http/1.1'));
    const [connection] = await read(packets);
    expect(connection).toMatchObject({
      domain: 'www.youtube.com',
      app: 'YOUTUBE',
      detected_by: 'tls',
      confidence: 'certain',
      tls_version: '1.2',
      alpn: 'http/1.1',
      quic_version: null,
      cert_names: ['*.google.com', '*.youtube.com'],
    });
    expect(connection!.ja4).toMatch(/^t13d/);
  });

  it('report what the client offered where the server is not heard', async () => {
    const { packets } = conversation().send('client', clientHelloRecord({ serverName: 'www.youtube.com' }));
    const [connection] = await read(packets);
    expect(connection).toMatchObject({ tls_version: '1.3', alpn: 'h2', cert_names: [] });
  });

  it('put a flight of many segments together, in any order', async () => {
    const flight = serverFlight12([google, certificate({ commonName: 'Authority' }, 9)]);
    const count = 3 + Math.ceil((flight.length - 293) / 100);
    const order = Array.from({ length: count }, (_, i) => ((i ^ 1) < count ? i ^ 1 : i));
    const { packets } = conversation()
      .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }))
      .send('server', flight, { segments: [3, 90, 200, 100], order });
    const [connection] = await read(packets);
    expect(connection).toMatchObject({ tls_version: '1.2', cert_names: ['*.google.com', '*.youtube.com'] });
  });

  it('put a flight together whose first bytes came with the SYN-ACK (RFC 7413)', async () => {
    const flight = serverFlight12([google]);
    const { packets } = new TcpConversation({ client, server })
      .segment('client', -1, clientHelloRecord({ serverName: 'www.youtube.com' }), SYN)
      .segment('server', -1, flight.subarray(0, 200), SYN | ACK)
      .segment('server', 200, flight.subarray(200));
    const [connection] = await read(packets);
    expect(connection).toMatchObject({ tls_version: '1.2', cert_names: ['*.google.com', '*.youtube.com'] });
  });

  it('show the app by the certificate when the client sent no name; the host stays unknown', async () => {
    const { packets } = conversation()
      .send('client', clientHelloRecord({ serverName: undefined, legacy: true }))
      .send('server', serverFlight12([google]));
    const [connection] = await read(packets);
    expect(connection).toMatchObject({
      domain: null,
      app: 'GOOGLE',
      detected_by: 'tls',
      confidence: 'likely',
      evidence_match: 'google.com',
      unknown_reason: null,
    });
    expect(packets[connection!.evidence_packet! - 1]!.data.includes('*.google.com')).toBe(true);
  });

  it('prefer the name that the client asked DNS for, where the certificate is for it', async () => {
    const name = 'www.youtube.com';
    const dns = new UdpConversation({
      client: { ...client, port: 40_000 },
      server: { address: '192.0.2.1', port: 53 },
    });
    dns.send('server', dnsResponse(1, { name }, [{ name, type: 'A', address: server.address }]));
    const tls = conversation()
      .send('client', clientHelloRecord({ serverName: undefined, legacy: true }))
      .send('server', serverFlight12([google]));
    for (const packet of dns.packets) packet.timeMicros = tls.packets[0]!.timeMicros - 1000;
    const connection = (await read([...dns.packets, ...tls.packets])).find((one) => one.protocol === 'TCP');
    expect(connection).toMatchObject({ domain: 'www.youtube.com', app: 'YOUTUBE', detected_by: 'dns-answer' });

    const other = conversation()
      .send('client', clientHelloRecord({ serverName: undefined, legacy: true }))
      .send('server', serverFlight12([certificate({ commonName: 'www.netflix.com' })]));
    const refuted = (await read([...dns.packets, ...other.packets])).find((one) => one.protocol === 'TCP');
    expect(refuted).toMatchObject({ domain: null, app: 'NETFLIX', detected_by: 'tls' });
  });

  it('are not mistaken by TLS 1.3, whose certificate is encrypted', async () => {
    const { packets } = conversation()
      .send('client', clientHelloRecord({ serverName: undefined }))
      .send('server', serverFlight());
    const [connection] = await read(packets);
    expect(connection).toMatchObject({ app: 'UNKNOWN', unknown_reason: 'no-name', tls_version: '1.3', cert_names: [] });
  });
});
