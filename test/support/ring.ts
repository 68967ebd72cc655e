import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dnsQuery, dnsResponse } from '../forge/dns.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { TcpConversation } from '../forge/tcp-conversation.js';
import { applicationData, clientHelloRecord } from '../forge/tls.js';
import { UdpConversation } from '../forge/udp-conversation.js';

export interface RingOptions {
  readonly files: number;
  /** Seconds that a file covers; 10 unless given. */
  readonly seconds?: number;
  /** Last byte of the client's address, to tell rings apart. */
  readonly client?: number;
  /** Seconds from the forged epoch to the first file. */
  readonly start?: number;
}

/**
 * The files of a ring: a TLS connection to www.youtube.com that lasts from the first to the last, with packets in each;
 * in the first, a DNS answer that gives 198.51.100.7 the name cdn.example.net; in each, a nameless connection to it.
 */
function ringFiles({ files, seconds = 10, client = 5, start = 0 }: RingOptions): Buffer[] {
  const address = `10.0.0.${client}`;
  const step = seconds * 1e6;
  const begin = FORGE_EPOCH_MICROS + start * 1e6;
  const long = new TcpConversation({
    client: { address, port: 40_000 },
    server: { address: '203.0.113.9', port: 443 },
    startMicros: begin + 1000,
  });
  const question = { name: 'cdn.example.net' };
  const dns = new UdpConversation({
    client: { address, port: 50_000 },
    server: { address: '10.0.0.1', port: 53 },
    startMicros: begin,
  })
    .send('client', dnsQuery(7, question))
    .send(
      'server',
      dnsResponse(7, question, [{ name: question.name, type: 'A', address: '198.51.100.7', ttl: 86_400 }]),
    );
  long.handshake().send('client', clientHelloRecord({ serverName: 'www.youtube.com' }));
  return Array.from({ length: files }, (_, n) => {
    const from = long.packets.length;
    long.wait(Math.max(0, begin + n * step + 2000 - long.nowMicros));
    long.send('client', applicationData(100, n)).send('server', applicationData(300, n));
    const packets: ForgedPacket[] = n === 0 ? [...dns.packets, ...long.packets] : long.packets.slice(from);
    const short = new TcpConversation({
      client: { address, port: 41_000 + n },
      server: { address: '198.51.100.7', port: 8080 },
      startMicros: begin + n * step + 1e6,
    });
    short
      .handshake()
      .send('client', Buffer.from([0, 1, 2, 3, n & 255]))
      .close();
    return pcapFile([...packets, ...short.packets]);
  });
}

/** Writes a ring as dumpcap names it: `NAME_00001.pcap` and so on. Returns the paths. */
export function writeRing(folder: string, name: string, options: RingOptions): string[] {
  mkdirSync(folder, { recursive: true });
  return ringFiles(options).map((bytes, n) => {
    const path = join(folder, `${name}_${String(n + 1).padStart(5, '0')}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
}
