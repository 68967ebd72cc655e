import { describe, expect, it } from 'vitest';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
import { httpRequest } from '../../forge/http.js';
import { clientHello, clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { apps, decide, engineWith, inShort, OUT, reverse, rulesOf } from './events.js';

const hello = clientHelloRecord({ serverName: 'i.ytimg.com', seed: 3 });
const base64 = (bytes: Buffer) => bytes.toString('base64');

describe('IngestEngine', () => {
  it('names a connection by the domain that an event comes with', () => {
    const engine = engineWith();
    expect(decide(engine, { tuple: OUT })).toEqual({
      decision: 'forward',
      app: 'UNKNOWN',
      domain: null,
      detected_by: null,
      blocked_by: null,
      connection: 1,
    });
    expect(inShort(decide(engine, { tuple: OUT, domain: 'WWW.YouTube.com.' }))).toBe(
      'forward YOUTUBE www.youtube.com event',
    );
    expect(inShort(decide(engine, { tuple: reverse(OUT) }))).toBe('forward YOUTUBE www.youtube.com event');
    expect(decide(engine, { tuple: { ...OUT, src_port: 50_001 } }).connection).toBe(2);
  });

  it('reads payloads of a direction as one stream, cut anywhere, answers in between', () => {
    for (const cut of [1, 5, 100, 700, hello.length - 1]) {
      const engine = engineWith();
      const first = decide(engine, { tuple: OUT, payload: base64(hello.subarray(0, cut)) });
      expect(inShort(first)).toBe('forward UNKNOWN null null');
      decide(engine, { tuple: reverse(OUT), size: 52 });
      decide(engine, { tuple: OUT, size: 52 });
      const second = decide(engine, { tuple: OUT, payload: hello.subarray(cut) });
      expect(inShort(second)).toBe('forward YOUTUBE i.ytimg.com tls');
    }
  });

  it('counts on behind what it has read, as for a server hello after the name', () => {
    const engine = engineWith({ keepEnded: 5 });
    decide(engine, { tuple: OUT, payload: hello });
    const flight = serverFlight();
    decide(engine, { tuple: reverse(OUT), payload: flight.subarray(0, 40) });
    decide(engine, { tuple: reverse(OUT), payload: flight.subarray(40) });
    expect(engine.connections(1).connections[0]).toMatchObject({
      domain: 'i.ytimg.com',
      tls_version: '1.3',
      live: true,
    });
  });

  it('drops what a rule blocks from the event that shows it, in both directions, for good', () => {
    const engine = engineWith({ rules: rulesOf('app:YOUTUBE') });
    expect(decide(engine, { tuple: OUT }).decision).toBe('forward');
    expect(inShort(decide(engine, { tuple: OUT, payload: hello }))).toBe('drop YOUTUBE i.ytimg.com tls by app:YOUTUBE');
    expect(decide(engine, { tuple: reverse(OUT) }).decision).toBe('drop');
    expect(decide(engine, { tuple: OUT, domain: 'example.org' }).blocked_by).toBe('app:YOUTUBE');
    expect(decide(engine, { tuple: { ...OUT, src_port: 1 } }).decision).toBe('forward');
    expect(engine.totals).toMatchObject({ packets: 5, droppedPackets: 3, droppedBytes: 300, bytes: 500 });
  });

  it('blocks by address and port at once, and lets allow rules win', () => {
    const engine = engineWith({ rules: rulesOf('203.0.113.0/24', 'udp/53', 'allow:example.org') });
    expect(decide(engine, { tuple: OUT }).decision).toBe('forward');
    expect(decide(engine, { tuple: OUT, domain: 'www.example.org' }).decision).toBe('forward');
    const other = { ...OUT, src_port: 9 };
    expect(decide(engine, { tuple: other, domain: 'www.example.com' }).blocked_by).toBe('ip:203.0.113.0/24');
    const plain = engineWith({ rules: rulesOf('203.0.113.0/24') });
    expect(decide(plain, { tuple: OUT }).blocked_by).toBe('ip:203.0.113.0/24');
  });

  it('decides DNS message by message, each by the name that it asks for', () => {
    const engine = engineWith({ rules: rulesOf('youtube.com') });
    const dns = { ...OUT, dst_port: 53, protocol: 'udp' };
    const query = (name: string) => decide(engine, { tuple: dns, payload: dnsQuery(1, { name }) });
    expect(inShort(query('www.youtube.com'))).toBe('drop YOUTUBE www.youtube.com dns by domain:youtube.com');
    expect(inShort(query('www.github.com'))).toBe('forward GITHUB www.github.com dns');
    const told = decide(engine, { tuple: dns, payload: dnsQuery(2, { name: 'example.org' }), domain: 'm.youtube.com' });
    expect(told.decision).toBe('drop');
  });

  it('takes a DNS answer as the name of a later connection that shows none', () => {
    const engine = engineWith();
    const dns = { ...OUT, dst_port: 53, protocol: 'udp' };
    const question = { name: 'api.telegram.org' };
    decide(engine, { tuple: dns, payload: dnsQuery(1, question) });
    const answers = [{ name: 'api.telegram.org', type: 'A' as const, address: OUT.dst_ip, ttl: 300 }];
    decide(engine, { tuple: reverse(dns), payload: dnsResponse(1, question, answers) });
    // Events without payload or domain: after a few of them no name is waited for.
    const decisions = Array.from({ length: 9 }, () => inShort(decide(engine, { tuple: OUT })));
    expect(decisions[0]).toBe('forward UNKNOWN null null');
    expect(decisions[8]).toBe('forward TELEGRAM api.telegram.org dns-answer');
  });

  it('prefers a name that is told to the outer one of an encrypted ClientHello', () => {
    const engine = engineWith();
    const ech = clientHelloRecord({ serverName: 'cloudflare-ech.com', echPayloadLen: 239, grease: false });
    decide(engine, { tuple: OUT, payload: ech });
    expect(decide(engine, { tuple: OUT, domain: 'discord.com' })).toMatchObject({
      app: 'DISCORD',
      domain: 'discord.com',
    });
  });

  it('keeps the first name as the domain, and blocks by a later one', () => {
    const engine = engineWith({ rules: rulesOf('domain:discord.com') });
    const http = (host: string) => ({ tuple: { ...OUT, dst_port: 80 }, payload: httpRequest({ host }) });
    expect(inShort(decide(engine, http('example.org')))).toBe('forward UNKNOWN example.org http');
    expect(inShort(decide(engine, { ...http('example.org'), domain: 'discord.com' }))).toBe(
      'drop UNKNOWN example.org http by domain:discord.com',
    );
  });

  it('keeps tunnels in their tuple: the event says which connection it is', () => {
    const engine = engineWith();
    const vxlan = { ...OUT, dst_port: 4789, protocol: 17 };
    decide(engine, { tuple: vxlan, payload: Buffer.alloc(80, 8) });
    expect(engine.connections(1).connections[0]).toMatchObject({ dst_port: 4789, protocol: 'UDP', packets: 1 });
  });

  it('ends connections by the time of the events, whichever way it jumps', () => {
    const engine = engineWith({ keepEnded: 10 });
    const at = (timestamp: number) => decide(engine, { tuple: OUT, timestamp }).connection;
    expect([at(1000), at(1299), at(1598), at(1000), at(5000), at(4e9), at(10), at(4e9 + 1)]).toEqual([
      1, 1, 1, 1, 2, 3, 3, 3,
    ]);
  });

  it('gives the arrival time to events that do not say their own', () => {
    const engine = engineWith();
    engine.ingest({ tuple: OUT, size: 1 }, 5e6);
    engine.ingest({ tuple: OUT, size: 1, timestamp: null }, 7e6);
    expect(engine.connections(1).connections[0]).toMatchObject({ first_seen: 5, last_seen: 7 });
  });

  it('stays within its limits and says so', () => {
    const engine = engineWith({ limits: { ...engineWith().pipeline.recognition.limits, maxConnections: 4 } });
    for (let n = 0; n < 20; n++) decide(engine, { tuple: { ...OUT, src_port: 1000 + n } });
    const summary = engine.end('dpi test', null);
    expect(summary.limits.connections_ended_early).toBe(16);
    expect(summary).toMatchObject({ total_packets: 20, total_connections: 20, tcp_packets: 20 });
  });

  it('takes long names, large payloads and every protocol number', () => {
    const engine = engineWith();
    const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.youtube.com`;
    const message = clientHello({ serverName: host });
    expect(message.length).toBeGreaterThan(200);
    decide(engine, { tuple: OUT, payload: Buffer.alloc(300_000, 'x'), domain: host });
    expect(decide(engine, { tuple: OUT }).domain).toBe(host);
    for (let protocol = 0; protocol < 256; protocol++) {
      expect(decide(engine, { tuple: { ...OUT, protocol } }).decision).toBe('forward');
    }
    expect(engine.totals.packets).toBe(258);
  });

  it('counts per app at any moment what the summary says in the end', () => {
    const engine = engineWith({ keepEnded: 3 });
    const names = ['discord.com', 'www.youtube.com', undefined, 'example.org'];
    for (let n = 0; n < 400; n++) {
      const tuple = { ...OUT, src_port: 1000 + (n % 40) };
      decide(engine, { tuple, size: n, timestamp: 1000 + n * 5, domain: n > 80 ? names[n % 4] : undefined });
    }
    const live = engine.totals.appTotals();
    const summary = engine.end('dpi test', null);
    const inEnd = Object.fromEntries(summary.apps.map(({ app, packets, bytes }) => [app, [packets, bytes]]));
    expect(Object.fromEntries(live.map(({ app, packets, bytes }) => [app, [packets, bytes]]))).toEqual(inEnd);
    expect(live.map(({ app }) => app).sort()).toEqual(['DISCORD', 'UNKNOWN', 'YOUTUBE']);
    expect(live.find(({ app }) => app === 'DISCORD')!.category).toBe(apps.categoryOf(apps.idOf('DISCORD')));
  });

  it('lists connections in pages, newest first, the ended ones among them', () => {
    const engine = engineWith({ keepEnded: 4 });
    for (let n = 0; n < 20; n++) decide(engine, { tuple: { ...OUT, src_port: 1000 + n }, timestamp: 1000 + n });
    // A long silence later every second one goes on, as another connection.
    for (let n = 0; n < 20; n += 2) decide(engine, { tuple: { ...OUT, src_port: 1000 + n }, timestamp: 2000 + n });
    const seen: [number, boolean][] = [];
    for (let before: number | null = 99; before !== null; ) {
      const page = engine.connections(7, before);
      seen.push(...page.connections.map(({ id, live }): [number, boolean] => [id, live]));
      if (page.next !== null) expect(page.connections).toHaveLength(7);
      before = page.next;
    }
    const ids = seen.map(([id]) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(seen.filter(([, live]) => !live)).toHaveLength(4);
    expect(seen).toHaveLength(engine.listedConnections);
    expect(engine.connections(1000).next).toBeNull();
  });
});
