/**
 * What must hold of the whole engine, whatever the packets are: proved over small worlds in which everything collides.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { dnsQuery } from '../../forge/dns.js';
import { httpRequest } from '../../forge/http.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { Prng } from '../../forge/prng.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { ACK, FIN, RST, SYN, tcpPacket, udpPacket } from '../../forge/transport.js';
import { anyChunks, runEngine, TIGHT_LIMITS, WIDE_LIMITS } from '../../fuzz/engine-run.js';

const apps = createAppTable();
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'];
const PORTS = [443, 80, 40_000];
const HELLO = clientHelloRecord({ serverName: 'www.youtube.com', postQuantum: false });
const PAYLOADS = [
  Buffer.alloc(0),
  HELLO,
  HELLO.subarray(0, 90),
  HELLO.subarray(90),
  httpRequest({ host: 'www.example.org' }),
  Buffer.from('220 ready\r\n'),
  Buffer.from([0]),
];
/** Seconds after the epoch of the captures: near, beyond each time-out, 1970 and 2106. */
const MOMENTS = [0, 0.001, 1, 5, 11, 130, 310, 4000, -FORGE_EPOCH_MICROS / 1e6, 2 ** 32 - FORGE_EPOCH_MICROS / 1e6 - 1];

const packetOf = fc
  .record({
    v6: fc.boolean(),
    back: fc.boolean(),
    sourcePort: fc.constantFrom(...PORTS),
    port: fc.constantFrom(...PORTS),
    flags: fc.constantFrom(2, 18, 16, 24, 17, 4, 20, 6, 0),
    seq: fc.constantFrom(0, 1, 90, 91, 1000, 0xffffffff, 0x80000000),
    payload: fc.constantFrom(...PAYLOADS),
    moment: fc.constantFrom(...MOMENTS),
    udp: fc.boolean(),
  })
  .map((one): ForgedPacket => {
    const [a, b] = one.v6 ? [ADDRESSES[2]!, ADDRESSES[3]!] : [ADDRESSES[0]!, ADDRESSES[1]!];
    const from = { address: one.back ? b : a, port: one.sourcePort };
    const to = { address: one.back ? a : b, port: one.port };
    const packet =
      one.udp && one.payload.length === 1
        ? udpPacket(from, { ...to, port: 53 }, dnsQuery(7, { name: 'www.example.org' }))
        : tcpPacket(from, to, { seq: one.seq, flags: one.flags, payload: one.payload });
    return { data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + one.moment * 1e6 };
  });
const capture = fc.array(packetOf, { minLength: 1, maxLength: 60 }).map((packets) => pcapFile(packets));

describe('the engine', () => {
  it.each([
    ['wide', WIDE_LIMITS],
    ['tight', TIGHT_LIMITS],
  ])('gives the same report for any chunks and any hash seed, with %s limits', (_which, limits) => {
    fc.assert(
      fc.property(capture, fc.nat(2 ** 31 - 1), fc.nat(), (bytes, hashSeed, key) => {
        const whole = runEngine(bytes, { apps, limits, rules: null, hashSeed: 1, chunks: null });
        const pieces = runEngine(bytes, { apps, limits, rules: null, hashSeed, chunks: anyChunks(new Prng(key)) });
        expect(pieces).toBe(whole);
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same report for every way of cutting a capture in two', () => {
    const [bytes] = fc.sample(capture, { numRuns: 1, seed: 5 });
    const setting = { apps, limits: WIDE_LIMITS, rules: null, hashSeed: 1 };
    const whole = runEngine(bytes!, { ...setting, chunks: null });
    for (let cut = 1; cut < bytes!.length; cut++) {
      const lens = [cut];
      expect(runEngine(bytes!, { ...setting, chunks: () => lens.shift() ?? bytes!.length })).toBe(whole);
    }
  });

  describe('reads a SYN alike whether it comes with the packets before it or later', () => {
    const client = { address: '192.0.2.1', port: 40_000 };
    const server = { address: '192.0.2.2', port: 80 };
    const request = httpRequest({ host: 'www.example.org' });
    const fromClient = (seq: number, flags: number, payload?: Buffer) =>
      tcpPacket(client, server, { seq, flags, payload });
    const fromServer = (seq: number, flags: number, payload?: Buffer) =>
      tcpPacket(server, client, { seq, flags, payload });
    const whole = (packets: Buffer[]) => {
      const forged = packets.map((data, i) => ({ data: ethernet(data), timeMicros: FORGE_EPOCH_MICROS + i }));
      const setting = { apps, limits: WIDE_LIMITS, rules: null, hashSeed: 1 };
      const report = runEngine(pcapFile(forged), { ...setting, chunks: null });
      expect(runEngine(pcapFile(forged), { ...setting, chunks: () => 1 })).toBe(report);
      return JSON.parse(report);
    };

    it('that repeats the opening with another number, behind the request', () => {
      const report = whole([fromServer(500, SYN | ACK), fromClient(1, ACK, request), fromClient(100_000, SYN | RST)]);
      expect(report.connections.map((one: { domain: string }) => one.domain)).toEqual(['www.example.org']);
    });

    it('that comes after a request showed who began', () => {
      const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      const packets = [fromServer(900, FIN | ACK), fromClient(1, ACK, request), fromServer(800, ACK, answer)];
      whole([...packets, fromServer(799, SYN | ACK)]);
    });
  });
});
