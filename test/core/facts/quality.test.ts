import { describe, expect, it } from 'vitest';
import { be16, be32 } from '../../forge/fields.js';
import { ipPacket, PROTO_ICMP } from '../../forge/ip.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket, snap } from '../../forge/packet.js';
import { TcpConversation, type TcpConversationOptions } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { ACK, type Endpoint, FIN, PSH, RST, SYN, type TcpFields, tcpPacket } from '../../forge/transport.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { factsOf } from './facts-of.js';

const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '203.0.113.5', port: 443 };
const DATA = Buffer.alloc(100, 0x41);

type Line = [from: 'c' | 's', micros: number, fields: TcpFields];

/** A conversation as lines: who, when (µs), and the segment. */
function segments(...lines: Line[]): ForgedPacket[] {
  return lines.map(([from, micros, fields]) => {
    const packet = from === 'c' ? tcpPacket(client, server, fields) : tcpPacket(server, client, fields);
    return { data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + micros };
  });
}

const SHAKE: Line[] = [
  ['c', 0, { seq: 1000, flags: SYN }],
  ['s', 20_000, { seq: 5000, ack: 1001, flags: SYN | ACK }],
  ['c', 30_000, { seq: 1001, ack: 5001, flags: ACK }],
];

function only(packets: readonly ForgedPacket[]) {
  const { connections } = factsOf(packets);
  expect(connections).toHaveLength(1);
  return connections[0]!;
}

function conversation(options: Partial<TcpConversationOptions> = {}): TcpConversation {
  return new TcpConversation({ client, server, ...options });
}

describe('round trips', () => {
  it('are those of the three segments of the handshake', () => {
    expect(only(segments(...SHAKE))).toMatchObject({ rtt_ms: 30, rtt_server_ms: 20, rtt_client_ms: 10 });
  });

  it('count from the last SYN, and take a SYN with data', () => {
    const record = only(
      segments(
        ['c', 0, { seq: 1000, flags: SYN, payload: DATA }],
        ['c', 1_000_000, { seq: 1000, flags: SYN, payload: DATA }],
        ['s', 1_020_000, { seq: 5000, ack: 1101, flags: SYN | ACK }],
        ['c', 1_030_000, { seq: 1101, ack: 5001, flags: ACK }],
      ),
    );
    expect(record).toMatchObject({ rtt_ms: 30, rtt_server_ms: 20, retransmitted_packets: 1 });
  });

  it('end with the RST of a server that refuses, and with the third segment where no SYN-ACK was captured', () => {
    const refused = segments(['c', 0, { seq: 1000, flags: SYN }], ['s', 7000, { seq: 0, ack: 1001, flags: RST | ACK }]);
    expect(only(refused)).toMatchObject({ rtt_ms: 7, rtt_server_ms: null, reset_by: 'server', tcp_outcome: 'refused' });
    expect(only(segments(SHAKE[0]!, SHAKE[2]!))).toMatchObject({ rtt_ms: 30, rtt_server_ms: null });
  });

  it('are unknown without a SYN, or where time runs backwards', () => {
    expect(only(segments(SHAKE[1]!, SHAKE[2]!))).toMatchObject({ rtt_ms: null, rtt_server_ms: null });
    const backwards = segments(SHAKE[0]!, ['s', -5, SHAKE[1]![2]], ['c', -3, SHAKE[2]![2]]);
    expect(only(backwards)).toMatchObject({ rtt_ms: null });
  });

  it('say how long the first answer took, over TCP and UDP', () => {
    const tcp = conversation({ stepMicros: 500 }).handshake().send('client', DATA, { acknowledge: false });
    tcp.wait(9500).send('server', DATA);
    expect(only(tcp.packets).answer_ms).toBe(10);
    const udp = new UdpConversation({ client, server: { ...server, port: 9999 }, stepMicros: 2500 });
    expect(only(udp.send('client', DATA).send('server', DATA).packets)).toMatchObject({ answer_ms: 2.5, rtt_ms: null });
    // The server speaks first: no answer.
    expect(only(conversation().handshake().send('server', DATA).send('client', DATA).packets).answer_ms).toBeNull();
  });
});

describe('segments', () => {
  const clean = { retransmitted_packets: 0, out_of_order_packets: 0, lost_segments: 0, duplicate_acks: 0 };

  it('in order count nothing, across the wrap of sequence numbers too', () => {
    for (const isn of [0x1000, 0xffff_fff0, 0x7fff_fff0]) {
      const talk = conversation({ clientIsn: isn, serverIsn: isn }).handshake();
      for (let i = 0; i < 5; i++) talk.send('client', DATA).send('server', DATA);
      expect(only(talk.close().packets)).toMatchObject({
        ...clean,
        zero_windows: 0,
        reset_by: null,
        tcp_outcome: null,
      });
    }
  });

  it('that come again are retransmissions, with their bytes', () => {
    for (const isn of [0x1000, 0xffff_ffc0]) {
      const talk = conversation({ clientIsn: isn }).handshake().send('client', DATA, { acknowledge: false });
      talk.wait(300_000).segment('client', 0, DATA).acknowledge('server').segment('client', 0, DATA);
      expect(only(talk.packets)).toMatchObject({ ...clean, retransmitted_packets: 2, retransmitted_bytes: 200 });
    }
  });

  it('behind a gap are late within a round trip, retransmitted afterwards', () => {
    const late = conversation({ stepMicros: 1000 })
      .handshake()
      .send('client', Buffer.alloc(300, 1), {
        segments: [100],
        order: [0, 2, 1],
      });
    expect(only(late.packets)).toMatchObject({ ...clean, out_of_order_packets: 1 });
    const again = conversation({ stepMicros: 1000 }).handshake();
    again.segment('client', 0, DATA).segment('client', 200, DATA).wait(50_000).segment('client', 100, DATA);
    expect(only(again.packets)).toMatchObject({ ...clean, retransmitted_packets: 1 });
  });

  it('that were never captured leave gaps', () => {
    const talk = conversation().handshake().segment('client', 0, DATA).segment('client', 200, DATA);
    talk.segment('client', 400, DATA).wait(100_000).segment('client', 100, DATA);
    expect(only(talk.packets)).toMatchObject({ lost_segments: 1, retransmitted_packets: 1 });
  });

  it('that repeat an acknowledgment are duplicate ACKs, unless they answer a keep-alive', () => {
    const talk = conversation().handshake().send('client', DATA);
    talk.acknowledge('server').acknowledge('server');
    expect(only(talk.packets)).toMatchObject({ ...clean, duplicate_acks: 2 });
    const alive = conversation().handshake().send('client', DATA);
    alive.segment('client', 99, Buffer.alloc(0), ACK).acknowledge('server');
    expect(only(alive.packets)).toMatchObject(clean);
  });

  it('with a closed window are counted; probes of it are no copies', () => {
    const record = only(
      segments(
        ...SHAKE,
        ['c', 40_000, { seq: 1001, ack: 5001, flags: ACK | PSH, payload: DATA }],
        ['s', 50_000, { seq: 5001, ack: 1101, flags: ACK, window: 0 }],
        ['c', 60_000, { seq: 1101, ack: 5001, flags: ACK, payload: Buffer.from([1]) }],
        ['s', 61_000, { seq: 5001, ack: 1101, flags: ACK, window: 0 }],
        ['c', 70_000, { seq: 1101, ack: 5001, flags: ACK, payload: DATA }],
      ),
    );
    expect(record).toMatchObject({ ...clean, zero_windows: 2 });
  });

  it('of one direction, without a handshake, and cut by the capture count the same', () => {
    const talk = conversation()
      .handshake()
      .send('client', Buffer.alloc(2000, 1))
      .segment('client', 1460, Buffer.alloc(540, 1));
    const expected = { ...clean, retransmitted_packets: 1, retransmitted_bytes: 540 };
    expect(only(talk.packets)).toMatchObject(expected);
    expect(only(snap(talk.packets, 80))).toMatchObject(expected);
    const oneWay = talk.packets.filter(({ data }) => data.readUInt16BE(34) === client.port);
    expect(only(oneWay)).toMatchObject(expected);
    expect(only(talk.packets.slice(3))).toMatchObject({ ...expected, rtt_ms: null });
  });

  it('start anew in a row that another connection had', () => {
    const first = conversation().handshake().send('client', DATA).segment('client', 0, DATA).reset('client').packets;
    const later = conversation({ startMicros: FORGE_EPOCH_MICROS + 600_000_000, clientIsn: 7, serverIsn: 9 });
    const { connections } = factsOf([...first, ...later.handshake().send('client', DATA).packets]);
    expect(connections[0]).toMatchObject({ retransmitted_packets: 1, reset_by: 'client' });
    expect(connections[1]).toMatchObject({ ...clean, reset_by: null, rtt_ms: 2 });
  });
});

describe('ends', () => {
  it('show who reset', () => {
    expect(only(conversation().handshake().reset('server').packets).reset_by).toBe('server');
    expect(only(conversation().handshake().reset('client').reset('server').packets).reset_by).toBe('client');
  });

  it('tell a SYN without answer', () => {
    const { connections, summary } = factsOf(segments(SHAKE[0]!, ['c', 1_000_000, { seq: 1000, flags: SYN }]));
    expect(connections[0]).toMatchObject({ tcp_outcome: 'unanswered', rtt_ms: null, retransmitted_packets: 1 });
    expect(summary.quality).toMatchObject({ unanswered: 1, refused: 0 });
  });
});

describe('TLS alerts', () => {
  const alert = (level: number, description: number) => Buffer.from([21, 3, 3, 0, 2, level, description]);
  const hello = clientHelloRecord({ serverName: 'www.example.org' });

  it('in clear are named; a fatal one ends the handshake', () => {
    const { connections, summary } = factsOf(
      conversation().handshake().send('client', hello).send('server', alert(2, 40)).close().packets,
    );
    expect(connections[0]).toMatchObject({ tls_alerts: ['handshake_failure'], is_handshake_failed: true });
    expect(summary.quality).toMatchObject({ failed_handshakes: 1, tls_alerts: { handshake_failure: 1 } });
  });

  it('that are encrypted are no failure', () => {
    const talk = conversation().handshake().send('client', hello).send('server', serverFlight());
    talk.send('client', Buffer.concat([Buffer.from([21, 3, 3, 0, 26]), Buffer.alloc(26, 7)])).close();
    expect(only(talk.packets)).toMatchObject({ tls_alerts: ['encrypted'], is_handshake_failed: false });
  });

  it('are not read into other protocols or cut records', () => {
    expect(
      only(conversation().handshake().send('client', alert(2, 40)).send('server', DATA).packets.slice(0, 2)).tls_alerts,
    ).toEqual([]);
    const cut = conversation()
      .handshake()
      .send('client', hello)
      .send('server', Buffer.from([21, 3, 3, 0]));
    expect(only(cut.packets).tls_alerts).toEqual([]);
  });

  it('are not needed where the server hangs up on the hello', () => {
    const hangUp = conversation().handshake().send('client', hello).finish('server');
    expect(only(hangUp.packets).is_handshake_failed).toBe(true);
    const silent = conversation().handshake().send('client', hello);
    expect(only(silent.packets).is_handshake_failed).toBe(false);
  });
});

describe('sums', () => {
  it('are those of the connections, by label too', () => {
    const talk = conversation()
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }));
    const { summary } = factsOf(talk.segment('client', 0, DATA).reset('server').packets);
    const sums = { retransmitted_packets: 1, resets: { client: 0, server: 1 }, rtt_ms: { count: 1, min: 2, max: 2 } };
    expect(summary.quality).toMatchObject({ ...sums, labels: [{ label: 'YOUTUBE', connections: 1, ...sums }] });
  });

  it('have no labels where connections are not reported', () => {
    const { summary } = factsOf(conversation().handshake().packets, { facts: { quality: 'sums' }, handshakes: false });
    expect(summary.quality).toMatchObject({ labels: [], rtt_ms: { count: 1 } });
    expect(factsOf(conversation().packets, { facts: {} }).summary).toMatchObject({ quality: null, dns: null });
  });

  it('count ICMP errors by kind', () => {
    const quoted = tcpPacket(client, server, { seq: 1, flags: SYN });
    const error = (type: number, code: number) =>
      ethernet(
        ipPacket(
          '192.0.2.1',
          client.address,
          PROTO_ICMP,
          Buffer.concat([Buffer.from([type, code]), be16(0), be32(0), quoted.subarray(0, 28)]),
        ),
      );
    const packets = [error(3, 1), error(3, 3), error(3, 3), error(11, 0), error(3, 15)];
    const { summary } = factsOf(packets.map((data, i) => ({ data, timeMicros: FORGE_EPOCH_MICROS + i })));
    expect(summary.quality!.icmp_errors).toEqual({
      port_unreachable: 2,
      host_unreachable: 1,
      ttl_exceeded: 1,
      unreachable: 1,
    });
  });
});

it('a segment with FIN takes one number', () => {
  const talk = segments(
    ...SHAKE,
    ['c', 40_000, { seq: 1001, ack: 5001, flags: FIN | ACK, payload: DATA }],
    ['s', 50_000, { seq: 5001, ack: 1102, flags: FIN | ACK }],
    ['c', 60_000, { seq: 1102, ack: 5002, flags: ACK }],
  );
  expect(only(talk)).toMatchObject({ retransmitted_packets: 0, lost_segments: 0, duplicate_acks: 0 });
});
