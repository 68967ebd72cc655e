import { describe, expect, it } from 'vitest';
import { readCapture } from '../../core/capture/read-capture.js';
import { dnsOverTcp, dnsQuery, dnsResponse } from '../../forge/dns.js';
import { httpRequest, httpResponse } from '../../forge/http.js';
import { fragmentIp, ipPacket, PROTO_ICMP } from '../../forge/ip.js';
import { ethernet, vlanEthernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { type Endpoint, udpPacket } from '../../forge/transport.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { filterBytes, ruleSet } from './filter-file.js';

const CLIENT = '192.0.2.10';
const SERVER = '203.0.113.10';
const RESOLVER: Endpoint = { address: '192.0.2.1', port: 53 };
const PROTO_ICMPV6 = 58;
type Mode = 'inline' | 'flow' | 'keep';

function tls(port: number, serverName: string | undefined, startMicros = FORGE_EPOCH_MICROS): ForgedPacket[] {
  return new TcpConversation({
    clientIsn: startMicros % 2 ** 32,
    client: { address: CLIENT, port },
    server: { address: SERVER, port: 443 },
    startMicros,
  })
    .handshake()
    .send('client', clientHelloRecord({ serverName }))
    .send('server', serverFlight(1, 2000))
    .send('client', applicationData(100))
    .close().packets;
}

/** Numbers of the packets that are kept, from 1. */
async function kept(packets: readonly ForgedPacket[], mode: Mode, ...rules: string[]): Promise<number[]> {
  const { output, droppedPackets } = await filterBytes(pcapFile(packets), mode, ruleSet(...rules));
  const frames = packets.map(({ data }) => data.toString('hex'));
  const numbers: number[] = [];
  let at = 0;
  for (const { data } of readCapture(output).packets) {
    at = frames.indexOf(data, at) + 1;
    expect(at).toBeGreaterThan(0);
    numbers.push(at);
  }
  expect(numbers.length + droppedPackets).toBe(packets.length);
  return numbers;
}

/** "1-4,7": the packets at these places. */
function places(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

const frame = (packet: Buffer, at: number): ForgedPacket => ({
  data: ethernet(packet),
  timeMicros: FORGE_EPOCH_MICROS + at,
});

describe('a blocked name', () => {
  const packets = tls(50_001, 'www.youtube.com');

  it('is dropped inline from the packet that completes it', async () => {
    // SYN, SYN-ACK, ACK and the first half of the hello pass.
    expect(await kept(packets, 'inline', 'app:YOUTUBE')).toEqual(places('1-4'));
    expect(await kept(packets, 'inline', 'domain:youtube.com')).toEqual(places('1-4'));
  });

  it('takes the whole connection with it in flow mode, and nothing of others', async () => {
    const others = tls(50_002, 'github.com', FORGE_EPOCH_MICROS + 500);
    const all = packets.flatMap((packet, i) => [packet, ...(others[i] ? [others[i]] : [])]);
    const result = await kept(all, 'flow', 'app:YOUTUBE');
    expect(result.map((n) => all[n - 1])).toEqual(others);
  });

  it('is all that is left under keep', async () => {
    const arp = {
      data: Buffer.from(`${'ff'.repeat(12)}0806${'00'.repeat(28)}`, 'hex'),
      timeMicros: FORGE_EPOCH_MICROS,
    };
    const all = [arp, ...tls(50_002, 'github.com'), ...packets];
    expect((await kept(all, 'keep', 'app:YOUTUBE')).map((n) => all[n - 1])).toEqual(packets);
    expect(await kept([arp], 'flow', 'app:YOUTUBE')).toEqual([1]);
  });

  it('passes where an allow rule wins, in either mode', async () => {
    for (const mode of ['inline', 'flow'] as const) {
      expect(await kept(packets, mode, 'app:YOUTUBE', '-domain:www.youtube.com')).toHaveLength(packets.length);
      expect(await kept(packets, mode, `ip:${SERVER}`, '-domain:www.youtube.com')).toHaveLength(packets.length);
      expect(await kept(packets, mode, 'domain:youtube.com', `-ip:${CLIENT}`)).toHaveLength(packets.length);
    }
  });

  it('is counted for its rule', async () => {
    const file = pcapFile([...tls(50_002, 'github.com'), ...packets]);
    const rules = ruleSet('app:YOUTUBE', 'app:TIKTOK', '-domain:github.com');
    const { tallies } = await filterBytes(file, 'flow', rules);
    const decided = tallies!.decided().map((tally) => ({ ...tally, rule: rules.ruleId(tally.rule) }));
    const wire = (all: readonly ForgedPacket[]) => all.reduce((sum, { data }) => sum + data.length, 0);
    expect(decided).toEqual([
      { rule: 'app:YOUTUBE', connections: 1, packets: 14, bytes: wire(packets), firstPacket: 15 },
      {
        rule: 'domain:github.com',
        connections: 1,
        packets: 14,
        bytes: wire(tls(50_002, 'github.com')),
        firstPacket: 0,
      },
    ]);
    expect(tallies!.unused(9).map((rule) => rules.ruleId(rule))).toEqual(['app:TIKTOK']);
  });
});

describe('addresses and ports', () => {
  it('block from the first packet', async () => {
    const packets = tls(50_001, 'www.youtube.com');
    for (const mode of ['inline', 'flow'] as const) {
      expect(await kept(packets, mode, `ip:${SERVER}/32`)).toEqual([]);
      expect(await kept(packets, mode, 'port:443')).toEqual([]);
      expect(await kept(packets, mode, 'port:udp/443')).toHaveLength(packets.length);
    }
  });

  describe('of a connection that the capture joined late', () => {
    /** The packets of a TCP connection behind its handshake, the server's first. */
    const joined = (client: number, server: number): ForgedPacket[] =>
      new TcpConversation({ client: { address: CLIENT, port: client }, server: { address: SERVER, port: server } })
        .handshake()
        .send('server', applicationData(100))
        .send('client', applicationData(50))
        .packets.slice(3);

    it.each([
      [50_000, 40_000],
      [3_000, 6_881],
      [800, 443],
    ])('match either end where ports do not tell the responder: %i and %i', async (client, server) => {
      for (const port of [client, server]) {
        for (const mode of ['inline', 'flow'] as const) {
          expect(await kept(joined(client, server), mode, `port:tcp/${port}`)).toEqual([]);
        }
        expect(await kept(joined(client, server), 'keep', `port:${port}`)).toHaveLength(joined(client, server).length);
      }
      expect(await kept(joined(client, server), 'inline', `port:udp/${server}`)).not.toEqual([]);
    });

    it('match the responder alone where ports tell it, or its SYN was seen', async () => {
      const late = joined(50_000, 443);
      expect(await kept(late, 'inline', 'port:50000')).toHaveLength(late.length);
      expect(await kept(late, 'inline', 'port:443')).toEqual([]);
      const whole = new TcpConversation({
        client: { address: CLIENT, port: 50_000 },
        server: { address: SERVER, port: 40_000 },
      }).handshake().packets;
      expect(await kept(whole, 'inline', 'port:50000')).toHaveLength(whole.length);
    });
  });

  it('wait for a name that may be allowed, and block when none comes', async () => {
    const nameless = tls(50_001, undefined);
    const other = tls(50_001, 'github.com');
    const rules = [`ip:${SERVER}`, '-app:YOUTUBE'];
    expect((await kept(other, 'inline', ...rules)).length).toBeLessThan(6);
    expect((await kept(nameless, 'inline', ...rules)).length).toBeLessThan(nameless.length);
    expect(await kept(nameless, 'flow', ...rules)).toEqual([]);
    const ping = frame(ipPacket(CLIENT, SERVER, PROTO_ICMP, Buffer.from('0800f7ff00000000', 'hex')), 0);
    expect(await kept([ping], 'inline', ...rules)).toEqual([]);
  });
});

describe('packets in no connection', () => {
  const big = udpPacket({ address: CLIENT, port: 5000 }, { address: SERVER, port: 6000 }, Buffer.alloc(2000, 'x'));
  const [first, ...rest] = fragmentIp(big, 576, 77).map((piece, i) => frame(piece, i));
  const whole = tls(50_001, 'www.youtube.com')[0]!;
  /** A header cut off within TCP, and a datagram of which the beginning is missing. */
  const loose = [{ ...whole, data: whole.data.subarray(0, 36) }, ...rest.slice(1)];
  const v6 = udpPacket({ address: '2001:db8::1', port: 5 }, { address: '2001:db8::2', port: 6 }, Buffer.alloc(99));
  const cut6 = frame(v6.subarray(0, 43), 0);
  const other = frame(
    udpPacket({ address: CLIENT, port: 7 }, { address: '198.51.100.9', port: 7 }, Buffer.alloc(9)),
    9,
  );

  it.each(['inline', 'flow'] as const)('go by their addresses, from either end (%s)', async (mode) => {
    const packets = [...loose, cut6, other];
    const last = packets.length;
    for (const rule of [`ip:${SERVER}`, 'ip:203.0.113.0/24']) {
      expect(await kept(packets, mode, rule)).toEqual([last - 1, last]);
    }
    expect(await kept(packets, mode, `ip:${CLIENT}`)).toEqual([last - 1]);
    expect(await kept(packets, mode, 'ip:2001:db8::/64')).toHaveLength(last - 1);
    expect(await kept(packets, mode, `ip:${CLIENT}`, `-ip:${SERVER}`)).toEqual(places(`1-${last - 1}`));
    expect(await kept(packets, mode, 'app:YOUTUBE', 'port:443')).toHaveLength(last);
    const { droppedPackets, tallies, totalPackets } = await filterBytes(
      pcapFile(packets),
      mode,
      ruleSet(`ip:${SERVER}`),
    );
    expect([totalPackets, droppedPackets]).toEqual([last, loose.length]);
    expect(tallies!.decided()[0]).toMatchObject({ packets: loose.length, firstPacket: 1 });
  });

  it.each(['inline', 'flow'] as const)('leave no fragment of a blocked address (%s)', async (mode) => {
    expect(await kept([first!, ...rest, other], mode, `ip:${SERVER}`)).toEqual([rest.length + 2]);
    // A port may yet allow the datagram: it goes or stays when that is known.
    expect(await kept([first!, ...rest], mode, `ip:${SERVER}`, '-port:6000')).toHaveLength(rest.length + 1);
  });

  it('are picked out by address too', async () => {
    expect(await kept([...loose, other], 'keep', `ip:${SERVER}`)).toHaveLength(loose.length);
  });
});

describe('DNS', () => {
  const udp = new UdpConversation({ client: { address: CLIENT, port: 40_000 }, server: RESOLVER });
  const names = ['www.youtube.com', 'example.org', 'i.ytimg.com'];
  for (const [i, name] of names.entries()) {
    udp.send('client', dnsQuery(i, { name }));
    udp.send('server', dnsResponse(i, { name }, [{ name, type: 'A', address: SERVER }]));
  }

  it.each(['inline', 'flow'] as const)('is decided for each query and its answer (%s)', async (mode) => {
    expect(await kept(udp.packets, mode, 'app:YOUTUBE')).toEqual(places('3-4'));
    expect(await kept(udp.packets, mode, 'domain:example.org')).toEqual(places('1-2,5-6'));
    expect(await kept(udp.packets, mode, 'ip:192.0.2.1')).toEqual([]);
    expect(await kept(udp.packets, mode, 'port:udp/53', '-domain:example.org')).toEqual(places('3-4'));
  });

  it('is picked out by message', async () => {
    expect(await kept(udp.packets, 'keep', 'app:YOUTUBE')).toEqual(places('1-2,5-6'));
  });

  it.each(['inline', 'flow'] as const)('over TCP too, several messages a segment (%s)', async (mode) => {
    const tcp = new TcpConversation({ client: { address: CLIENT, port: 40_001 }, server: RESOLVER }).handshake();
    const query = (id: number, name: string) => dnsOverTcp(dnsQuery(id, { name }));
    tcp.send('client', query(1, 'example.org'));
    tcp.send('client', Buffer.concat([query(2, 'www.youtube.com'), query(3, 'example.net')]));
    tcp.send('client', query(4, 'www.youtube.com'));
    // Handshake 1-3, then each query and its acknowledgement.
    expect(await kept(tcp.packets, mode, 'app:YOUTUBE')).toEqual(places('1-5,7,9'));
  });

  it.each(['inline', 'flow'] as const)('over TCP does not get through by being sent again (%s)', async (mode) => {
    const tcp = new TcpConversation({ client: { address: CLIENT, port: 40_001 }, server: RESOLVER }).handshake();
    const blocked = dnsOverTcp(dnsQuery(1, { name: 'www.youtube.com' }));
    tcp.send('client', blocked).segment('client', 0, blocked).segment('client', 10, blocked.subarray(10));
    tcp.send('client', dnsOverTcp(dnsQuery(2, { name: 'example.org' }))).acknowledge('client');
    expect(await kept(tcp.packets, mode, 'app:YOUTUBE')).toEqual(places('1-3,5,8-10'));
  });

  it('goes with the ICMP errors that quote it', async () => {
    const query = udpPacket({ address: CLIENT, port: 40_000 }, RESOLVER, dnsQuery(9, { name: 'www.youtube.com' }));
    const packets = [frame(query, 0), frame(icmpError(query, 64), 10)];
    expect(await kept(packets, 'flow', 'app:YOUTUBE')).toEqual([]);
    expect(await kept(packets.slice(1), 'flow', 'app:YOUTUBE')).toEqual([]);
    expect(await kept(packets, 'flow', 'app:TIKTOK')).toEqual([1, 2]);
  });
});

describe('what belongs to a blocked connection', () => {
  const mtu = 576;
  const big = udpPacket({ address: CLIENT, port: 5000 }, { address: SERVER, port: 6000 }, Buffer.alloc(2000, 'x'));
  const pieces = fragmentIp(big, mtu, 77).map((piece, i) => frame(piece, i));

  it('goes with its fragments in flow mode, in any order', async () => {
    expect(await kept(pieces, 'flow', 'port:6000')).toEqual([]);
    expect(await kept([...pieces].reverse(), 'flow', 'port:6000')).toEqual([]);
    expect(await kept(pieces, 'keep', 'port:6000')).toHaveLength(pieces.length);
  });

  it('is stopped inline by the fragment that completes it, and by copies of that', async () => {
    const last = pieces.length;
    expect(await kept([...pieces, pieces[last - 1]!], 'inline', 'port:6000')).toEqual(places(`1-${last - 1}`));
  });

  it('goes with fragments of a hello', async () => {
    const conversation = tls(50_001, 'www.youtube.com');
    const packets = conversation.flatMap(({ data, timeMicros }, i) =>
      data.length > 700
        ? fragmentIp(data.subarray(14), 400, i + 1).map((piece) => ({ data: ethernet(piece), timeMicros }))
        : [{ data, timeMicros }],
    );
    expect(packets.length).toBeGreaterThan(conversation.length + 4);
    expect(await kept(packets, 'flow', 'app:YOUTUBE')).toEqual([]);
  });

  it.each([8, 20, 200])('goes with ICMP errors that quote %i bytes of it', async (quotedLen) => {
    const conversation = tls(50_001, 'www.youtube.com');
    const other = tls(50_002, 'github.com');
    const quoting = (packet: ForgedPacket) => ({
      data: ethernet(icmpError(packet.data.subarray(14), 20 + quotedLen)),
      timeMicros: packet.timeMicros + 10,
    });
    // The error comes before the name: only the first pass knows the end.
    const packets = [conversation[0]!, quoting(conversation[0]!), ...conversation.slice(1)];
    packets.push(quoting(conversation[5]!), ...other, quoting(other[0]!));
    const result = await kept(packets, 'flow', 'app:YOUTUBE');
    expect(result.map((n) => packets[n - 1])).toEqual([...other, packets.at(-1)]);
    expect(await kept(packets, 'keep', 'app:YOUTUBE')).toHaveLength(conversation.length + 2);
  });

  it('goes with ICMPv6 errors', async () => {
    const conversation = new TcpConversation({
      client: { address: '2001:db8::1', port: 50_001 },
      server: { address: '2001:db8::2', port: 80 },
    })
      .handshake()
      .send('client', httpRequest({ host: 'www.youtube.com' }))
      .send('server', httpResponse(Buffer.from('x'))).packets;
    const quoted = conversation[0]!.data.subarray(14);
    const error = Buffer.concat([Buffer.from('0100000000000000', 'hex'), quoted]);
    const packet = ipPacket('2001:db8::99', '2001:db8::1', PROTO_ICMPV6, error);
    const packets = [conversation[0]!, frame(packet, 10), ...conversation.slice(1)];
    expect(await kept(packets, 'flow', 'domain:youtube.com')).toEqual([]);
  });

  it('goes with ICMP errors of its own VLAN, or of none, and nothing of another VLAN does', async () => {
    const inVlan = (id: number, packets: readonly ForgedPacket[]) =>
      packets.map(({ data, timeMicros }) => ({ data: vlanEthernet([id])(data.subarray(14)), timeMicros }));
    const blocked = inVlan(20, tls(40_000, 'www.youtube.com'));
    const other = inVlan(10, tls(40_000, 'www.wikipedia.org', FORGE_EPOCH_MICROS + 900_000));
    const error = icmpError(blocked[3]!.data.subarray(18), 28);
    const last = { data: vlanEthernet([20])(error), timeMicros: FORGE_EPOCH_MICROS + 2_000_000 };
    const packets = [...blocked, ...other, last];
    const rest = `${blocked.length + 1}-${packets.length - 1}`;
    expect(await kept(packets, 'flow', 'domain:youtube.com')).toEqual(places(rest));
    expect(await kept([...blocked, { ...last, data: ethernet(error) }], 'flow', 'domain:youtube.com')).toEqual([]);
    const quoted = { ...last, data: vlanEthernet([10])(icmpError(other[3]!.data.subarray(18), 28)) };
    const whole = [...blocked, ...other, quoted];
    expect(await kept(whole, 'flow', 'domain:youtube.com')).toEqual(places(`${blocked.length + 1}-${whole.length}`));
  });

  it('does not depend on where the batches of packets end', async () => {
    const blocked = tls(50_001, 'www.youtube.com');
    const quoting = (packet: ForgedPacket) => frame(icmpError(packet.data.subarray(14), 28), 0);
    const query = udpPacket({ address: CLIENT, port: 40_000 }, RESOLVER, dnsQuery(9, { name: 'www.youtube.com' }));
    // An error before the connection that it quotes has begun, one within it, one after it has made room for another.
    const again = tls(50_001, 'github.com', FORGE_EPOCH_MICROS + 1_000_000);
    const errors = [quoting(blocked[0]!), frame(icmpError(query, 40), 0), quoting(again[2]!)];
    const packets = [errors[0]!, ...blocked.slice(0, 5), quoting(blocked[0]!), ...blocked.slice(5)];
    packets.push(errors[1]!, frame(query, 0), ...again, errors[2]!);
    const filler = frame(udpPacket({ address: CLIENT, port: 9 }, { address: SERVER, port: 9 }, Buffer.alloc(4)), 0);
    const results = new Set<string>();
    for (let shift = 80; shift <= 128; shift++) {
      const all = [...Array.from({ length: shift }, () => filler), ...packets];
      const numbers = await kept(all, 'flow', 'app:YOUTUBE');
      results.add(
        numbers
          .filter((n) => n > shift)
          .map((n) => n - shift)
          .join(),
      );
    }
    // The first error quotes nothing that was there yet, the second a blocked connection, the third one that is not.
    expect([...results]).toEqual(['1,17,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33']);
  }, 60_000);

  it('knows who began a connection that the capture joined late', async () => {
    // The server speaks first in the capture, then the client shows a name and the connection begins anew.
    const conversation = tls(50_001, 'www.youtube.com');
    const again = tls(50_001, 'github.com', FORGE_EPOCH_MICROS + 1_000_000);
    const packets = [conversation[6]!, ...conversation.slice(3), ...again];
    expect(await kept(packets, 'flow', 'app:YOUTUBE')).toEqual(places('13-26'));
  });
});

/** Port unreachable from a router, quoting the first bytes of a packet. */
function icmpError(packet: Buffer, quotedLen: number): Buffer {
  const body = Buffer.concat([Buffer.from('0303000000000000', 'hex'), packet.subarray(0, quotedLen)]);
  return ipPacket('198.51.100.1', CLIENT, PROTO_ICMP, body);
}
