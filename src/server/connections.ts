import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server, and how many requests each has under way. Once it is told to stop, a connection without
 * any is closed: at once, or behind its last answer. (Node closes those that were idle at that moment, but for new
 * ones, on which nothing or half of a header has come, and a browser keeps some of them ready.)
 */
export class Connections {
  private readonly requests = new Map<Socket, number>();
  private isStopping = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      // It came before the server stopped listening, too late to be asked for anything.
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

  /** A request is over when its answer and its body are, in whatever order. */
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
    // It has been closed.
    if (count === undefined) return;
    this.requests.set(socket, count + change);
    if (this.isStopping && count + change === 0) socket.destroySoon();
  }
}
