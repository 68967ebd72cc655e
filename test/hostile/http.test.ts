import { describe, expect, it } from 'vitest';
import { headersFrames, http2Frame, PREFACE, settingsFrame } from '../core/inspect/http2/http2-bytes.js';
import { httpRequest, httpResponse } from '../forge/http.js';
import { Prng } from '../forge/prng.js';
import { analyzePackets, conversation, labelsOfEach } from './engine.js';

const HOSTS = ['one.example', 'two.example', 'three.example', 'four.example'];

describe('requests of one HTTP/1 connection', () => {
  const random = new Prng('requests');
  const requests = HOSTS.map((host, n) =>
    httpRequest({
      host,
      method: n % 2 === 0 ? 'GET' : 'POST',
      target: n === 2 ? `http://${host}/path` : '/',
      ...(n % 2 === 1 ? { body: random.bytes(700) } : {}),
    }),
  );

  it('are all named: one by one, pipelined, in segments of any length', () => {
    for (const segments of [[1460], [100], [7], [1], [333, 1000]]) {
      const one = conversation().handshake();
      for (const request of requests)
        one.send('client', request, { segments }).send('server', httpResponse(Buffer.alloc(900)));
      const pipelined = conversation(1).handshake().send('client', Buffer.concat(requests), { segments });
      for (const found of analyzePackets([...one.packets, ...pipelined.packets])) {
        expect(found).toMatchObject({ domain: HOSTS[0], domains: HOSTS, detected_by: 'http', app_protocol: 'http' });
      }
    }
  });

  it('are all named when segments come out of order or twice', () => {
    const bytes = Buffer.concat(requests);
    const found = Array.from({ length: 40 }, (_, index) => {
      const count = Math.ceil(bytes.length / 200);
      // Neighbours change places, as in a network: nothing comes more than a few segments too late.
      const order = Array.from({ length: count }, (_, n) => n);
      for (let n = 0; n + 3 < count; n += 3) {
        const mixed = random.shuffle(order.slice(n, n + 3));
        order.splice(n, 3, ...mixed, ...(random.chance(0.3) ? [mixed[0]!] : []));
        if (order.length > count) n++;
      }
      const { packets } = conversation(index)
        .handshake()
        .send('client', bytes, { segments: [200], order });
      return analyzePackets(packets)[0]!.domains;
    });
    expect(found).toEqual(found.map(() => HOSTS));
  });

  it('go on being named behind a lost segment', () => {
    const one = conversation().handshake().send('client', requests[0]!);
    one.send('client', requests[1]!, { segments: [200], order: [0, 1, 3] });
    for (let n = 0; n < 14; n++) one.send('client', httpRequest({ host: `later-${n}.example` }));
    const { domains } = analyzePackets(one.packets)[0]!;
    expect(domains.slice(0, 2)).toEqual(HOSTS.slice(0, 2));
    expect(domains).toContain('later-13.example');
  });

  it('without a handshake, second segment first', () => {
    const request = httpRequest({
      host: HOSTS[0],
      headers: [
        ['User-Agent', 'x'.repeat(300)],
        ['Accept', '*/*'],
      ],
    });
    const cut = (at: number) =>
      conversation(at).send('client', request, { segments: [at, request.length], order: [1, 0] }).packets;
    const found = labelsOfEach(request.length - 20, (index) => cut(index + 1));
    expect([...new Set(found)]).toEqual([`${HOSTS[0]} by http`]);
  });
});

describe('HTTP/2 in clear', () => {
  const stream = Buffer.concat([
    PREFACE,
    settingsFrame(),
    ...HOSTS.map((host, n) =>
      Buffer.concat([
        headersFrames(2 * n + 1, host, { fragments: 1 + n, padding: n }),
        http2Frame(0, 1, 2 * n + 1, Buffer.alloc(n * 500, 0x50)),
      ]),
    ),
  ]);

  it('with prior knowledge: every authority, in segments of any length', () => {
    for (const segments of [[1460], [100], [10], [1]]) {
      const one = conversation().handshake().send('client', stream, { segments }).send('server', settingsFrame());
      expect(analyzePackets(one.packets)[0]).toMatchObject({
        domain: HOSTS[0],
        domains: HOSTS,
        detected_by: 'http',
        app_protocol: 'http2',
      });
    }
  });

  it('with segments out of order', () => {
    const orders = [
      [1, 0, 3, 2, 5, 4],
      [2, 1, 0, 5, 4, 3],
      [0, 2, 1, 4, 3, 5],
    ];
    for (const order of orders) {
      const segments = [Math.ceil(stream.length / 6)];
      const one = conversation().handshake().send('client', stream, { segments, order });
      expect(analyzePackets(one.packets)[0]!.domains).toEqual(HOSTS);
    }
  });

  it('after an upgrade from HTTP/1.1', () => {
    const upgrade = httpRequest({
      host: 'first.example',
      headers: [
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAMAAABkAAQCAAAAAAIAAAAA'],
      ],
    });
    const one = conversation(0, { server: { address: '203.0.113.10', port: 80 } })
      .handshake()
      .send('client', upgrade);
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    one.send('server', Buffer.concat([Buffer.from(switching), settingsFrame()]));
    one.send('client', PREFACE).send('client', stream.subarray(PREFACE.length), { segments: [300] });
    expect(analyzePackets(one.packets)[0]).toMatchObject({
      domain: 'first.example',
      domains: ['first.example', ...HOSTS],
    });
  });
});
