import { describe, expect, it } from 'vitest';
import { httpRequest, httpResponse } from '../forge/http.js';
import { fragmentIp } from '../forge/ip.js';
import { ethernet } from '../forge/link.js';
import type { ForgedPacket } from '../forge/packet.js';
import { Prng } from '../forge/prng.js';
import type { TcpConversation, TcpConversationOptions } from '../forge/tcp-conversation.js';
import { applicationData, serverFlight } from '../forge/tls.js';
import { ACK, PSH } from '../forge/transport.js';
import {
  all,
  analyzePackets,
  browserHello,
  conversation,
  DECOY,
  labels,
  labelsOfEach,
  NAME,
  permutations,
  smallHello,
} from './engine.js';

const FOUND = `${NAME} by tls`;
const hello = browserHello(NAME, { serverNameAt: 4 });
/** The same hello, byte for byte, for another host. */
const forged = Buffer.from(hello.toString('latin1').replace(NAME, DECOY), 'latin1');

function finish(one: TcpConversation): ForgedPacket[] {
  return one.send('server', serverFlight()).send('client', applicationData(120)).close().packets;
}

function labelOf(one: TcpConversation): string[] {
  return labels(analyzePackets(finish(one)));
}

/** The hello's packet in IP fragments of at most `len` bytes. */
function fragmented(
  options: Partial<TcpConversationOptions>,
  len: number,
  order: (parts: Buffer[]) => Buffer[],
): ForgedPacket[] {
  const whole: Buffer[] = [];
  const one = conversation(0, {
    mss: 4000,
    ip: { id: 0x1234 },
    encapsulate: (ip) => {
      whole.push(ip);
      return ethernet(ip);
    },
    ...options,
  });
  return finish(one.handshake().send('client', hello)).flatMap((packet, index) => {
    if (whole[index]!.length < 1500) return [packet];
    return order(fragmentIp(whole[index]!, len, 0x4000 + index)).map((ip, part) => ({
      data: ethernet(ip),
      timeMicros: packet.timeMicros + part,
    }));
  });
}

describe('IP fragments', () => {
  const v6 = { client: { address: '2001:db8::7', port: 50_000 }, server: { address: '2001:db8:1::10', port: 443 } };
  const random = new Prng('fragments');

  it.each([
    ['in order', (parts: Buffer[]) => parts],
    ['reversed', (parts: Buffer[]) => [...parts].reverse()],
    ['shuffled', (parts: Buffer[]) => random.shuffle(parts)],
    ['each twice', (parts: Buffer[]) => parts.flatMap((part) => [part, part])],
  ])('of a hello are put together: %s', (_, order) => {
    for (const len of [8, 64, 576, 1480]) {
      if (len === 8 && order([Buffer.alloc(1)]).length > 1) continue;
      expect(labels(analyzePackets(fragmented({}, len, order)))).toEqual([FOUND]);
      if (len > 8) expect(labels(analyzePackets(fragmented(v6, len, order)))).toEqual([FOUND]);
    }
  });
});

describe('retransmissions', () => {
  it('that overlap change nothing, whatever their edges', () => {
    const random = new Prng('overlap');
    const found = labelsOfEach(100, (index) => {
      const one = conversation(index).handshake();
      for (let n = 0; n < 8; n++) {
        const at = random.int(hello.length);
        one.segment('client', at, hello.subarray(at, at + 1 + random.int(600)));
      }
      for (let at = 0; at < hello.length; at += 400) one.segment('client', at, hello.subarray(at, at + 400));
      return one.packets;
    });
    expect(found).toEqual(all(FOUND, 100));
  });

  /**
   * A receiver keeps the bytes it has taken (RFC 9293 §3.10.7.4), and all common ones keep the first copy of what they
   * queue, but for details of overlap. Whoever sends another copy later tries to be read differently here than there.
   */
  it('with other content never count: the first copy of a byte does', () => {
    const orders = permutations(3);
    const found = labelsOfEach(orders.length, (index) => {
      const one = conversation(index).handshake();
      const cuts = [0, 700, 1400, hello.length];
      for (const part of orders[index]!) {
        one.segment('client', cuts[part]!, hello.subarray(cuts[part], cuts[part + 1]));
        // As soon as a part is there, its forgery follows.
        one.segment('client', cuts[part]!, forged.subarray(cuts[part], cuts[part + 1]));
      }
      return finish(one);
    });
    expect(found).toEqual(all(FOUND, orders.length));
  });

  it('that bring a whole other hello after a first byte count beside it, and neither is certain', () => {
    const one = conversation().handshake();
    one.segment('client', 0, hello.subarray(0, 300)).segment('client', 0, smallHello(DECOY));
    one.segment('client', 300, hello.subarray(300));
    const [found] = analyzePackets(one.packets);
    expect([[...found!.domains].sort(), found!.confidence]).toEqual([[NAME, DECOY].sort(), 'likely']);
  });

  it('and keep-alive probes before the hello disturb nothing', () => {
    const one = conversation().handshake();
    one.segment('client', -1, Buffer.from([0]), ACK).segment('client', -1, Buffer.from([0]), ACK);
    expect(labelOf(one.send('client', hello))).toEqual([FOUND]);
  });
});

describe('what is put before or behind the hello', () => {
  it('a second hello on the connection changes nothing, whatever it is sent in', () => {
    const one = conversation().handshake().send('client', hello).send('server', serverFlight());
    one.send('client', smallHello(DECOY)).send('client', applicationData(50)).send('client', smallHello(DECOY));
    expect(labelOf(one)).toEqual([FOUND]);
  });

  it('a second hello in the same segment changes nothing', () => {
    const both = Buffer.concat([smallHello(), smallHello(DECOY)]);
    expect(labelOf(conversation().handshake().send('client', both))).toEqual([FOUND]);
  });

  it('segments far outside the window move nothing', () => {
    const one = conversation().handshake();
    one.segment('client', 0x4000_0000, new Prng(3).bytes(400)).segment('client', 0x2000_0000, new Prng(4).bytes(400));
    const { packets } = one;
    const rest = conversation(0, { startMicros: one.nowMicros }).send('client', hello, { segments: [900] });
    expect(labels(analyzePackets([...packets, ...finish(rest)]))).toEqual([FOUND]);
  });

  it.each([2, 6])('%i bytes of padding counted as payload of the bare ACK hide nothing', (len) => {
    for (const padding of [Buffer.alloc(len), new Prng(`padding ${len}`).bytes(len)]) {
      for (const segments of [[hello.length], [500], [1]]) {
        const sent = segments[0] === 1 ? smallHello() : hello;
        const one = conversation().handshake().segment('client', 0, padding, ACK).segment('server', 0, padding, ACK);
        let at = 0;
        while (at < sent.length) {
          const end = Math.min(sent.length, at + segments[0]!);
          // A byte alone can't be told from padding: only longer first segments are.
          if (segments[0] !== 1) one.segment('client', at, sent.subarray(at, end), ACK | PSH);
          at = end;
        }
        if (segments[0] === 1) one.segment('client', 0, sent);
        expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
      }
    }
  });
});

describe('what surrounds the hello', () => {
  it.each([1, 25, 53, 80, 1080, 3128, 7777, 27_015, 65_535])('port %i', (port) => {
    const one = conversation(0, { server: { address: '203.0.113.10', port } }).handshake();
    expect(labelOf(one.send('client', hello, { segments: [1000] }))).toEqual([FOUND]);
  });

  it.each(['WWW.YouTube.COM', 'www.youtube.com.', 'WWW.YOUTUBE.COM.'])('the name written %s', (name) => {
    const [one] = analyzePackets(finish(conversation().handshake().send('client', browserHello(name))));
    expect(one).toMatchObject({ domain: NAME, app: 'YOUTUBE', detected_by: 'tls' });
  });

  it('a capture that begins with the server, or after the SYN, or with the hello', () => {
    const packets = finish(conversation().handshake().send('client', hello));
    for (const from of [0, 1, 2, 3]) {
      const [one] = analyzePackets(packets.slice(from));
      expect(one).toMatchObject({ domain: NAME, src_ip: '192.0.2.7', dst_port: 443, detected_by: 'tls' });
    }
    const serverFirst = conversation().send('server', serverFlight()).send('client', hello).packets;
    expect(analyzePackets(serverFirst)[0]).toMatchObject({ domain: NAME, src_ip: '192.0.2.7' });
  });

  it('another protocol before it on the same five-tuple', () => {
    const first = conversation(0, { server: { address: '203.0.113.10', port: 80 } }).handshake();
    first
      .send('client', httpRequest({ host: 'first.example' }))
      .send('server', httpResponse(Buffer.from('x')))
      .close();
    const second = conversation(0, {
      server: { address: '203.0.113.10', port: 80 },
      clientIsn: 0x7000_0000,
      serverIsn: 0x7100_0000,
      startMicros: first.nowMicros + 1e6,
    });
    const packets = [...first.packets, ...finish(second.handshake().send('client', hello))];
    expect(labels(analyzePackets(packets))).toEqual(['first.example by http', FOUND]);
  });

  it('the packet that proves the name is the one that completes it', () => {
    const { packets } = conversation()
      .handshake()
      .send('client', hello, { segments: [600], order: [2, 0, 1] });
    expect(analyzePackets(packets)[0]).toMatchObject({ evidence_packet: 6, confidence: 'certain' });
  });
});
