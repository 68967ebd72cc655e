import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressesOf, listenOn } from '../../src/server/listen.js';
import { RawConnection } from './raw-request.js';
import { testServer } from './services.js';

describe('a server on several addresses', () => {
  const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

  it('answers on each of them, and names the one that it lacks no error', async () => {
    const { app } = testServer();
    // TEST-NET-1: no machine has it.
    await listenOn(app, [...ADDRESSES, '192.0.2.1'], 0);
    const { port } = app.server.address() as AddressInfo;
    for (const address of ADDRESSES) {
      expect((await fetch(`http://${address}:${port}/health`)).status).toBe(200);
    }
    await app.close();
  });

  it.each([
    ['nothing', ''],
    ['half a header', 'GET /health HTTP/1.1\r\nHost: loc'],
  ])('stops, though a client has sent %s to a further one', async (_what, sent) => {
    const { app } = testServer();
    await listenOn(app, ADDRESSES, 0);
    const { port } = app.server.address() as AddressInfo;
    const held = ADDRESSES.map((address) => new RawConnection(`http://${address}:${port}`));
    for (const connection of held) connection.send(sent);
    // Accepted in order: once a later request was served, those are the server's.
    for (const address of ADDRESSES) await fetch(`http://${address}:${port}/health`);
    await app.close();
    for (const connection of held) await connection.ended();
  });

  it('sends 100 Continue once', async () => {
    const { app } = testServer();
    await listenOn(app, ADDRESSES, 0);
    const { port } = app.server.address() as AddressInfo;
    const connection = new RawConnection(`http://127.0.0.2:${port}`);
    const head = 'POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n';
    connection.send(`${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`);
    const answer = await connection.ended();
    expect(answer.match(/HTTP\/1\.1 100/g)).toHaveLength(1);
    expect(answer).toContain('HTTP/1.1 400');
    await app.close();
  });

  it('takes all addresses of localhost, and other hosts as they are', async () => {
    expect(await addressesOf('127.0.0.9')).toEqual(['127.0.0.9']);
    expect(await addressesOf('localhost')).toContain('127.0.0.1');
  });
});
