import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The TCP connections of a server and the number of requests in progress on each. After `stop`, a connection is closed
 * as soon as it has no request in progress. Node itself closes only connections that have served a request; browsers
 * also keep unused ones open, on which no header, or half a header, has arrived.
 */
export class Connections {
  private readonly requests = new Map<Socket, number>();
  private isStopping = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      // Accepted just before the server stopped listening.
      if (this.isStopping) socket.destroy();
      this.requests.set(socket, 0);
      socket.once('close', () => this.requests.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.began(request, response));
  }

  stop(): void {
    this.isStopping = true;
    for (const [socket, count] of this.requests) if (count === 0) socket.destroy();
  }

  /** A request is over when both its response and its body are, in any order. */
  private began(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.count(socket, 1);
    let isHalfOver = false;
    const over = (): void => {
      if (isHalfOver) this.count(socket, -1);
      isHalfOver = true;
    };
    request.once('close', over);
    response.once('close', over);
  }

  private count(socket: Socket, change: number): void {
    const count = this.requests.get(socket);
    // Already closed.
    if (count === undefined) return;
    this.requests.set(socket, count + change);
    if (this.isStopping && count + change === 0) socket.destroySoon();
  }
}
