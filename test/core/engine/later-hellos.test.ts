/** A settled connection, or one that another protocol has claimed, may still show a hello. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';
import type { Report } from '../../../src/core/report/model.js';
import { dnsQuery } from '../../forge/dns.js';
import { dtlsHelloBody, dtlsRecord } from '../../forge/dtls.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { Prng } from '../../forge/prng.js';
import { cryptoFrame, cutCrypto, initialPacket, opaqueShortPacket, PING_FRAME } from '../../forge/quic.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHello, serverFlight, serverHello, tlsRecords } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { runEngine, WIDE_LIMITS } from '../../fuzz/engine-run.js';

const apps = createAppTable();
const ends = { client: { address: '192.0.2.1', port: 40_000 }, server: { address: '203.0.113.10', port: 443 } };
const REAL = 'real.example';
const DECOY = 'decoy.example';
const ID = Buffer.from('0102030405060708', 'hex');
const OTHER_ID = Buffer.from('1112131415161718', 'hex');

const { type, value } = parseRulePattern(REAL, appNamesOf(apps));
const rules = RuleSet.compile(
  [{ type, values: [value], action: 'block', comment: null, expiresMs: null, createdMs: 0 }],
  0,
);

function report(packets: readonly ForgedPacket[]): Report {
  return JSON.parse(runEngine(pcapFile(packets), { apps, limits: WIDE_LIMITS, rules, hashSeed: 5, chunks: null }));
}

/** The one connection of the packets, which the rule for REAL stops if its name was read. */
function only(packets: readonly ForgedPacket[]) {
  const { connections } = report(packets);
  expect(connections).toHaveLength(1);
  return connections[0]!;
}

/** The Initials of a client's hello, split at the offsets given. */
function initials(serverName: string, id: Buffer, cuts: readonly number[] = [], seed: string = serverName): Buffer[] {
  const message = clientHello({ serverName, seed, postQuantum: cuts.length > 0, quicTransportParameters: ID });
  return cutCrypto(message, cuts).map((piece, packetNumber) =>
    initialPacket(cryptoFrame(piece), { destinationConnectionId: id, packetNumber }),
  );
}

const udp = () => new UdpConversation(ends);
const junk = (count: number) => Array.from({ length: count }, (_, n) => new Prng(n).bytes(60).fill(0x33, 0, 1));
const data = (count: number) => Array.from({ length: count }, (_, n) => opaqueShortPacket(OTHER_ID, 300, n));

describe('QUIC', () => {
  it('reads a second connection between the same ports, however its hello is split', () => {
    for (const cuts of [[], [700], [1_000, 1_400]]) {
      const packets = udp()
        .send('client', ...initials(DECOY, ID))
        .send('server', ...data(30))
        .send('client', ...initials(REAL, OTHER_ID, cuts))
        .send('client', ...data(5)).packets;
      const { domains, confidence, blocked } = only(packets);
      expect([domains, confidence, blocked]).toEqual([[DECOY, REAL], 'likely', true]);
    }
  });

  it('reads another hello under the same connection id', () => {
    const packets = udp().send('client', ...initials(DECOY, ID), ...initials(REAL, ID), ...data(3)).packets;
    expect(only(packets)).toMatchObject({ domains: [DECOY, REAL], confidence: 'likely', blocked: true });
  });

  it('is as sure as before where the same hello comes again', () => {
    const packets = udp().send('client', ...initials(REAL, ID), ...initials(REAL, ID), ...data(3)).packets;
    expect(only(packets)).toMatchObject({ domains: [REAL], confidence: 'certain' });
  });

  it('gives the name of a second hello that stays incomplete', () => {
    const packets = udp().send('client', ...initials(DECOY, ID), initials(REAL, OTHER_ID, [1_500])[0]!).packets;
    expect(only(packets).domains).toContain(DECOY);
    const early = udp().send('client', ...initials(DECOY, ID), initials(REAL, OTHER_ID, [200, 1_500])[1]!).packets;
    expect(only(early).confidence).toBe('certain');
  });

  it('is read behind junk, DNS, DTLS and PINGs', () => {
    const pings = Array.from({ length: 45 }, (_, packetNumber) =>
      initialPacket(PING_FRAME, { destinationConnectionId: ID, packetNumber }),
    );
    const befores: [string, Buffer[]][] = [
      ['junk', junk(10)],
      ['much junk', junk(200)],
      ['DNS', [dnsQuery(7, { name: DECOY })]],
      ['DTLS', [dtlsRecord(1, 0, dtlsHelloBody(DECOY))]],
      ['PINGs', pings],
      [
        'noise in Initials',
        Array.from({ length: 30 }, (_, n) =>
          Buffer.concat([initials(DECOY, ID)[0]!.subarray(0, 30), new Prng(n).bytes(1_170)]),
        ),
      ],
    ];
    for (const [what, before] of befores) {
      const packets = udp().send('client', ...before, ...initials(REAL, OTHER_ID, [700]), ...data(3)).packets;
      const connection = only(packets);
      expect([what, connection.domains.includes(REAL), connection.blocked]).toEqual([what, true, true]);
      if (what === 'DNS') expect(connection).toMatchObject({ app_protocol: 'quic', domain: REAL, detected_by: 'quic' });
    }
  });

  it('says so where a connection begins more hellos than are read', () => {
    const later = Array.from({ length: 80 }, (_, n) => initials(`n${n}.example`, Buffer.alloc(8, n + 1))[0]!);
    const { limits } = report(udp().send('client', ...initials(DECOY, ID), ...later).packets);
    expect(limits.hellos_not_read).toBe(16);
  });

  it('is QUIC though only the server was heard', () => {
    const server = initialPacket(PING_FRAME, {
      destinationConnectionId: ID,
      sourceConnectionId: OTHER_ID,
      side: 'server',
    });
    expect(only(udp().send('server', server, ...data(4)).packets)).toMatchObject({
      app_protocol: 'quic',
      domain: null,
    });
  });
});

describe('TLS', () => {
  const hello = (serverName: string, recordLen = 16_384) =>
    tlsRecords(22, clientHello({ serverName, postQuantum: false, seed: serverName }), recordLen);
  const retryRequest = () => {
    const message = serverHello();
    Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex').copy(message, 6);
    return tlsRecords(22, message, 16_384, 0x0303);
  };
  const change = Buffer.from('140303000101', 'hex');

  it('reads the hello behind a HelloRetryRequest, in however many segments', () => {
    for (const first of [Buffer.alloc(0), change]) {
      for (const segments of [[1_460], [7, 20, 1_460], [100, 1_460]]) {
        const packets = new TcpConversation(ends)
          .handshake()
          .send('client', hello(DECOY))
          .send('server', retryRequest(), { segments: segments.length === 3 ? [9, 1_460] : [1_460] })
          .send('client', Buffer.concat([first, hello(REAL)]), { segments })
          .send('server', applicationData(3_000))
          .send('client', applicationData(3_000)).packets;
        expect(only(packets)).toMatchObject({ domains: [DECOY, REAL], confidence: 'likely', blocked: true });
      }
    }
  });

  it('takes no notice of a second hello that the server did not ask for', () => {
    const packets = new TcpConversation(ends)
      .handshake()
      .send('client', hello(REAL))
      .send('server', serverFlight())
      .send('client', hello(DECOY)).packets;
    expect(only(packets)).toMatchObject({ domains: [REAL], confidence: 'certain' });
  });

  it('takes no notice of the hello sent again, nor of data', () => {
    const conversation = new TcpConversation(ends)
      .handshake()
      .send('client', hello(REAL))
      .send('server', applicationData(3_000))
      .send('client', change)
      .send('client', applicationData(30_000));
    const again = conversation.packets[3]!;
    expect(only([...conversation.packets, again])).toMatchObject({ domains: [REAL], confidence: 'certain' });
  });
});
