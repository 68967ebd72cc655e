import type { PacketBatch } from '../capture/packet-batch.js';
import type { Labels } from '../classify/labels.js';
import { Quality, type QualitySources } from './quality.js';
import { TlsFacts } from './tls-facts.js';

/**
 * What the packets tell besides names: who talked, when, and how well. Each part sees all packets, in their order, and
 * each connection when it begins and ends. Exists only where a report asks for it.
 */
export class Facts {
  readonly quality: Quality;
  readonly tls: TlsFacts;
  private readonly labels: Labels;

  /** `isDetailed` counts what only reports of single connections show. */
  constructor(sources: QualitySources, isDetailed: boolean) {
    this.labels = sources.labels;
    this.quality = new Quality(sources, isDetailed);
    this.tls = new TlsFacts(sources.flows);
  }

  /** The packets `from` to `to` (exclusive) of the batch come next. */
  expect(from: number, to: number): void {
    this.quality.expect(from, to);
  }

  /** The connection `row` begins; see Recognition.begun. */
  begun(row: number): void {
    this.quality.begun(row);
  }

  /** Packet `i` of the batch belongs to the connection `row`; it has been inspected. */
  packet(batch: PacketBatch, i: number, row: number): void {
    this.quality.packet(batch, i, row);
  }

  /** Packet `i` of the batch belongs to no connection. */
  loose(_batch: PacketBatch, _i: number): void {}

  /** The connection `row` ends; its label is final. */
  ended(row: number): void {
    this.quality.ended(row);
    const { handshakes, versions } = this.labels;
    const handshake = handshakes?.get(row);
    if (handshake != null) this.tls.ended(row, handshake);
    else if (versions !== null) this.tls.versionsOnly(versions.tlsOf(row), versions.quicOf(row));
  }
}
