import type { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import type { AddressWords } from '../flow/address-table.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { Timeline } from './timeline.js';

/** Which facts a report needs, beside the numbers of each connection's packets; each costs time and memory. */
export interface FactsOptions {
  /** Traffic over time. */
  readonly timeline?: boolean;
  /** Width of its buckets in microseconds, 0 for one that suits the capture. */
  readonly intervalMicros?: number;
}

/** What facts read: the connections, and the columns of the packets that they are shown. */
export interface FactsSources {
  readonly flows: FlowRows;
  readonly addresses: AddressWords;
  readonly columns: PacketColumns;
  readonly labels: Labels;
  readonly apps: AppTable;
  /** Secret of the hash tables. Has no influence on any result. */
  readonly seed: number;
}

/**
 * What the packets tell besides names: who talked, when, and how well. Each part sees all packets, in their order, and
 * each connection when it begins and ends. Exists only where a report asks for it.
 */
export class Facts {
  /** Null unless asked for. */
  readonly timeline: Timeline | null;

  constructor(sources: FactsSources, wanted: FactsOptions) {
    const { flows, columns, labels } = sources;
    const { timeline = false, intervalMicros = 0 } = wanted;
    this.timeline = timeline ? new Timeline(flows, columns, labels.rows, intervalMicros) : null;
  }

  /** The connection `row` begins; see Recognition.begun. */
  begun(_row: number): void {}

  /** Packet `i` of the batch belongs to the connection `row`; it has been inspected. */
  packet(_batch: PacketBatch, _i: number, _row: number): void {}

  /** Packet `i` of the batch belongs to no connection. */
  loose(batch: PacketBatch, i: number): void {
    this.timeline?.loose(batch, i);
  }

  /** The connection `row` ends; its label is final. */
  ended(row: number): void {
    this.timeline?.ended(row);
  }
}
