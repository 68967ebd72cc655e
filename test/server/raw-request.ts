import { connect, type Socket } from 'node:net';

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

  /** Resolves with all that came once the server has closed the connection; rejects after `ms`. */
  async ended(ms = 20_000): Promise<string> {
    await this.until(() => this.isClosed, ms);
    return this.received;
  }

  /** Resolves with what came once it holds a whole status line. */
  async status(ms = 20_000): Promise<number> {
    await this.until(() => /^HTTP\/1\.1 (?!100)\d{3}/m.test(this.received), ms);
    return Number(/^HTTP\/1\.1 (?!100)(\d{3})/m.exec(this.received)![1]);
  }

  private async until(isReached: () => boolean, ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (!isReached()) {
      if (Date.now() > deadline) throw new Error(`nothing after ${ms} ms; so far: ${this.received.slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
