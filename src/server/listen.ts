import { lookup } from 'node:dns/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Maximum number of connections waiting to be accepted; the system may allow fewer. */
const BACKLOG = 1024;

/** The addresses to listen on for `host`: all of `localhost`, where a browser may pick any, and otherwise the host. */
export async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

/**
 * Listens on the first of `addresses`, and on the others as far as this machine has them, with the same port. All
 * connections belong to `app.server`, so its time-outs and its shutdown apply to them. (fastify itself would open
 * servers of their own for the further addresses of localhost, whose connections the shutdown does not see.) Rejects
 * if the first address fails.
 */
export async function listenOn(app: FastifyInstance, addresses: readonly string[], port: number): Promise<void> {
  const [first, ...others] = addresses;
  const listeners: Server[] = [];
  app.addHook('preClose', async () => {
    for (const listener of listeners) listener.close();
  });
  await app.listen({ host: first, port, backlog: BACKLOG });
  const bound = (app.server.address() as AddressInfo).port;
  for (const host of others) {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      app.server.emit('connection', socket);
    });
    if (await isListening(listener, host, bound)) listeners.push(listener);
  }
}

function isListening(listener: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    listener.once('error', () => resolve(false));
    listener.listen({ host, port, backlog: BACKLOG }, () => resolve(true));
  });
}
