import { FLOW_NAME_ENCRYPTED } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { CONFIDENCE_GUESS, CONFIDENCE_LIKELY } from '../inspect/inspector.js';
import type { FlightListener } from '../inspect/server-inspection.js';
import type { Certificate } from '../inspect/tls/certificate.js';
import { CertificateCache } from '../inspect/tls/certificate-cache.js';
import type { ServerFlight } from '../inspect/tls/server-flight.js';
import type { AppTable } from './app-table.js';
import { certificateCovers, certificateHost } from './certificate-host.js';
import { evidenceOf } from './evidence.js';
import type { Labels } from './labels.js';

const EVIDENCE_TLS = evidenceOf('tls');

/**
 * Labels connections by the certificate of their TLS server: without a name from the client, it may show the app. Its
 * names are not the host that the client asked for (`*.example.org`, or the server's default), so `domain` stays empty.
 */
export class CertificateLabels implements FlightListener {
  private readonly certificates = new CertificateCache();

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly apps: AppTable,
  ) {}

  wantsCertificate(row: number): boolean {
    const { flows } = this;
    if (this.labels.handshakes !== null) return true;
    return flows.nameOf(row) === 0 && !flows.hasFlag(row, FLOW_NAME_ENCRYPTED);
  }

  served(row: number, flight: ServerFlight, packetNumber: number): void {
    const { flows, labels } = this;
    const { certificateStart, certificateEnd } = flight;
    const { handshakes } = labels;
    const isWanted = certificateStart >= 0 && (handshakes !== null || flows.nameOf(row) === 0);
    const certificate = isWanted ? this.certificates.read(flight.buf, certificateStart, certificateEnd) : null;
    handshakes?.server(row, flight, certificate);
    labels.versions?.server(row, flight.version);
    if (certificate === null) return;
    if (handshakes !== null) this.compare(row, certificate);
    const { names } = certificate;
    if (names.length === 0 || flows.nameOf(row) !== 0 || flows.appOf(row) !== 0) return;
    if (flows.hasFlag(row, FLOW_NAME_ENCRYPTED)) return;
    const hint = flows.hintOf(row);
    // The client asked DNS for a name of the certificate: `LateLabels` has the better evidence.
    if (hint !== 0 && certificateCovers(names, labels.names.text(hint))) return;
    const host = Buffer.from(certificateHost(names), 'latin1');
    const entry = this.apps.matchName(host, 0, host.length);
    const confidence = this.apps.isHosting(entry) ? CONFIDENCE_GUESS : CONFIDENCE_LIKELY;
    labels.setEntry(row, entry, EVIDENCE_TLS, confidence, packetNumber);
  }

  /** Whether the certificate is valid for the name that the client's hello shows. */
  private compare(row: number, { allNames }: Certificate): void {
    const { flows, labels } = this;
    const name = flows.nameOf(row);
    if (name === 0 || allNames.length === 0 || (flows.evidenceOf(row) & 0xff) !== EVIDENCE_TLS) return;
    labels.handshakes!.setMismatch(row, !certificateCovers(allNames, labels.names.text(name)));
  }
}
