import { connect, type Socket } from 'node:net';
import { until } from '../support/until.js';

/** A connection to a server, for bytes that no HTTP client would send. */
export class RawConnection {
  private received = '';
  private isClosed = false;
  readonly socket: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.on('error', () => {});
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves with all that came once the server has closed the connection. */
  async ended(): Promise<string> {
    await until(
      () => this.isClosed,
      () => `the end behind ${this.received.slice(0, 500)}`,
    );
    return this.received;
  }

  /** Resolves with the status of the answer once its status line is whole. */
  async status(): Promise<number> {
    await until(
      () => /^HTTP\/1\.1 (?!100)\d{3}/m.test(this.received),
      () => `a status line in ${this.received.slice(0, 500)}`,
    );
    return Number(/^HTTP\/1\.1 (?!100)(\d{3})/m.exec(this.received)![1]);
  }
}
