import { describe, expect, it } from 'vitest';
import { dnsOverTcp, dnsQuery, dnsResponse } from '../../forge/dns.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import type { Endpoint } from '../../forge/transport.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { factsOf } from './facts-of.js';

const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '192.0.2.1', port: 53 };
const question = { name: 'www.example.org' };
const query = (id: number) => dnsQuery(id, question);
const answer = (id: number, rcode = 0) => {
  const message = dnsResponse(id, question, []);
  message[3] = (message[3]! & 0xf0) | rcode;
  return message;
};

describe('DNS', () => {
  it('is counted by server, with the time of the answers', () => {
    const talk = new UdpConversation({ client, server, stepMicros: 4000 });
    talk.send('client', query(1)).send('server', answer(1)).send('client', query(2)).send('server', answer(2, 3));
    const v6 = new UdpConversation({
      client: { address: '2001:db8::10', port: 50_000 },
      server: { address: '2001:db8::1', port: 53 },
    });
    const { dns } = factsOf([...talk.packets, ...v6.send('client', query(1)).packets]).summary;
    expect(dns).toMatchObject({ queries: 3, answered: 2, unanswered: 1, rcodes: { NOERROR: 1, NXDOMAIN: 1 } });
    expect(dns!.latency_ms).toEqual({ count: 2, min: 4, median: 4, p95: 4, max: 4 });
    expect(dns!.servers.map(({ address, queries, unanswered }) => [address, queries, unanswered])).toEqual([
      ['192.0.2.1', 2, 0],
      ['2001:db8::1', 1, 1],
    ]);
  });

  it('counts a repeated query once, and its answer from the first one', () => {
    const talk = new UdpConversation({ client, server, stepMicros: 5000 });
    talk.send('client', query(1), query(1)).send('server', answer(1), answer(1));
    const { dns } = factsOf(talk.packets).summary;
    expect(dns).toMatchObject({ queries: 1, answered: 1, rcodes: { NOERROR: 2 }, latency_ms: { count: 1, max: 10 } });
  });

  it('counts answers to queries that were not captured by code alone', () => {
    const talk = new UdpConversation({ client, server }).send('server', answer(1, 2));
    expect(factsOf(talk.packets).summary.dns).toMatchObject({ queries: 0, answered: 0, rcodes: { SERVFAIL: 1 } });
  });

  it('is read over TCP, several messages in a segment', () => {
    const talk = new TcpConversation({ client, server }).handshake();
    talk.send('client', Buffer.concat([dnsOverTcp(query(1)), dnsOverTcp(query(2))]));
    talk.send('server', Buffer.concat([dnsOverTcp(answer(2)), dnsOverTcp(answer(1, 5))]));
    const { dns } = factsOf(talk.packets).summary;
    expect(dns).toMatchObject({ queries: 2, answered: 2, rcodes: { NOERROR: 1, REFUSED: 1 } });
  });

  it('is only counted where connections are not reported', () => {
    const talk = new UdpConversation({ client, server }).send('client', query(1)).send('server', answer(1, 3));
    const { dns } = factsOf(talk.packets, { facts: { quality: 'sums' }, handshakes: false }).summary;
    expect(dns).toMatchObject({ queries: 1, answered: null, unanswered: null, rcodes: { NXDOMAIN: 1 }, servers: [] });
  });

  it('is bounded: queries beyond those that may wait count as unanswered, servers beyond 1,024 as one', () => {
    const packets = Array.from({ length: 1030 }, (_, i) => {
      const address = `10.0.${i >> 8}.${i & 255}`;
      return new UdpConversation({ client, server: { address, port: 53 } }).send('client', query(i)).packets[0]!;
    });
    const { dns } = factsOf(packets).summary;
    expect(dns!.servers).toHaveLength(1025);
    expect(dns!.servers.at(-1)).toMatchObject({ address: 'other', queries: 6 });
    const many = new UdpConversation({ client, server, stepMicros: 1 });
    for (let id = 0; id < 9000; id++) many.send('client', query(id));
    many.send('server', answer(0), answer(8999));
    expect(factsOf(many.packets).summary.dns).toMatchObject({ queries: 9000, answered: 1, unanswered: 8999 });
  });
});
