import type { Finding, Inspector } from '../inspect/inspector.js';
import type { Certificate } from '../inspect/tls/certificate.js';
import { type Fingerprint, Fingerprints, OVER_DTLS, OVER_QUIC, OVER_TCP } from '../inspect/tls/fingerprint.js';
import type { ServerFlight } from '../inspect/tls/server-flight.js';

/** What the handshake of one connection told beside its name. */
export class Handshake {
  /** As the server chose, else the newest that the client offered; 0 for none. */
  tlsVersion = 0;
  /** As the server chose where it said so in clear, else the first that the client offered; '' for none. */
  alpn = '';
  quicVersion = 0;
  fingerprint: Fingerprint | null = null;
  /** The cipher suite that the server chose, 0 for none. */
  cipher = 0;
  /** The key exchange group that it chose, 0 where it did not say so in clear. */
  group = 0;
  certificate: Certificate | null = null;
  /** The certificate is not valid for the name in the hello; null where either is missing. */
  isMismatch: boolean | null = null;
  /** Belongs to a connection at the moment. */
  inUse = false;

  reset(): void {
    this.tlsVersion = 0;
    this.alpn = '';
    this.quicVersion = 0;
    this.fingerprint = null;
    this.cipher = 0;
    this.group = 0;
    this.certificate = null;
    this.isMismatch = null;
    this.inUse = false;
  }
}

/** Handshakes of the connections in progress, by row. Kept only where connections are reported one by one. */
export class Handshakes {
  /** One object a row, made when first needed and used again by the row's later connections. */
  private readonly byRow: (Handshake | null)[] = [];
  private readonly fingerprints = new Fingerprints();

  /** Null for a connection that showed none. */
  get(row: number): Handshake | null {
    const handshake = row < this.byRow.length ? this.byRow[row]! : null;
    return handshake?.inUse ? handshake : null;
  }

  /** Takes what an inspector found in a client's message; of several hellos the first one counts. */
  client(row: number, finding: Finding): void {
    const handshake = this.ensure(row);
    if (handshake.tlsVersion === 0) handshake.tlsVersion = finding.tlsVersion;
    if (handshake.quicVersion === 0) handshake.quicVersion = finding.quicVersion;
    const { hello, helloBuf } = finding;
    if (hello === null || helloBuf === null || handshake.fingerprint !== null) return;
    if (handshake.alpn === '') handshake.alpn = finding.alpn;
    const carrier = finding.protocol === 'quic' ? OVER_QUIC : finding.protocol === 'dtls' ? OVER_DTLS : OVER_TCP;
    handshake.fingerprint = this.fingerprints.of(helloBuf, hello, carrier);
  }

  /** Takes what a server said. */
  server(row: number, flight: ServerFlight, certificate: Certificate | null): void {
    const handshake = this.ensure(row);
    handshake.tlsVersion = flight.version;
    handshake.cipher = flight.cipher;
    handshake.group = flight.group;
    if (flight.alpnStart >= 0) handshake.alpn = flight.buf.toString('latin1', flight.alpnStart, flight.alpnEnd);
    handshake.certificate = certificate;
  }

  setMismatch(row: number, isMismatch: boolean): void {
    this.ensure(row).isMismatch = isMismatch;
  }

  /** The connection has been reported. */
  delete(row: number): void {
    const handshake = row < this.byRow.length ? this.byRow[row]! : null;
    if (handshake?.inUse) handshake.reset();
  }

  private ensure(row: number): Handshake {
    const { byRow } = this;
    while (byRow.length <= row) byRow.push(null);
    const handshake = byRow[row] ?? new Handshake();
    byRow[row] = handshake;
    handshake.inUse = true;
    return handshake;
  }
}

/** A handshake tells all it will in its first message, name or not. */
export function isHandshake(inspector: Inspector): boolean {
  return inspector.name === 'tls' || inspector.name === 'quic' || inspector.name === 'dtls';
}
