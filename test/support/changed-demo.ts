import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { TcpConversation } from '../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../forge/tls.js';

export const DEMO = resolve(import.meta.dirname, '../../samples/demo.pcap');
const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const CLIENT = { address: '192.0.2.10', port: 45_001 };

/** Packets of the demo. */
export const DEMO_PACKETS = 692;

/** The packets of a TLS connection to `name`, which has its SNI whole in the fifth. */
export function tlsTo(name: string, address = '203.0.113.200', port = 443): readonly ForgedPacket[] {
  return new TcpConversation({ client: CLIENT, server: { address, port }, startMicros: 1_795_371_757_400_000 })
    .handshake()
    .send('client', clientHelloRecord({ serverName: name }))
    .send('server', serverFlight())
    .close().packets;
}

/** The demo with `packets` behind its own. */
export function demoWith(packets: readonly ForgedPacket[]): Buffer {
  return Buffer.concat([readFileSync(DEMO), pcapFile(packets).subarray(FILE_HEADER_LEN)]);
}

/** The demo without the packets that `drops` accepts, by their numbers from 1. */
export function demoWithout(drops: (number: number) => boolean): Buffer {
  const demo = readFileSync(DEMO);
  const kept = [demo.subarray(0, FILE_HEADER_LEN)];
  for (let at = FILE_HEADER_LEN, number = 1; at < demo.length; number++) {
    const end = at + RECORD_HEADER_LEN + demo.readUInt32LE(at + 8);
    if (!drops(number)) kept.push(demo.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}
