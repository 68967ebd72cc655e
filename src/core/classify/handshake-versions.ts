import type { Finding } from '../inspect/inspector.js';

const FIRST_ROWS = 4096;
const GROWTH = 8;

/**
 * Versions of the handshakes of connections in progress, by row: for reports that show no more of them. No objects, for
 * the garbage collector would visit one for each connection.
 */
export class HandshakeVersions {
  private tls = new Uint16Array(FIRST_ROWS);
  private quic = new Int32Array(FIRST_ROWS);

  /** As in Handshake, 0 for none. */
  tlsOf(row: number): number {
    return row < this.tls.length ? this.tls[row]! : 0;
  }

  quicOf(row: number): number {
    return row < this.quic.length ? this.quic[row]! >>> 0 : 0;
  }

  /** Takes what an inspector found in a client's message; of several hellos the first one counts. */
  client(row: number, { tlsVersion, quicVersion }: Finding): void {
    if (row >= this.tls.length) this.grow(row);
    if (this.tls[row] === 0) this.tls[row] = tlsVersion;
    if (this.quic[row] === 0) this.quic[row] = quicVersion;
  }

  /** Takes the version that a server chose. */
  server(row: number, tlsVersion: number): void {
    if (row >= this.tls.length) this.grow(row);
    this.tls[row] = tlsVersion;
  }

  /** The connection has been reported. */
  delete(row: number): void {
    if (row >= this.tls.length) return;
    this.tls[row] = 0;
    this.quic[row] = 0;
  }

  private grow(row: number): void {
    let rows = this.tls.length;
    while (rows <= row) rows *= GROWTH;
    const tls = new Uint16Array(rows);
    tls.set(this.tls);
    this.tls = tls;
    const quic = new Int32Array(rows);
    quic.set(this.quic);
    this.quic = quic;
  }
}
