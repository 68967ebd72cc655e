import type { RowLabels } from '../classify/row-labels.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { LabelRow, ProtocolRow } from './model.js';

/** Sums of one label or protocol, a group of numbers each. */
const CONNECTIONS = 0;
const LOOKUPS = 1;
const PACKETS = 2;
const BYTES = 3;
const GROUP = 4;

/** The protocol of connections that showed none, and of packets outside of connections. */
const NO_PROTOCOL = 'none';

/** Adds up ended connections by label and by protocol. */
export class LabelTally {
  private byLabel = new Float64Array(64 * GROUP);
  private byProtocol = new Float64Array(64 * GROUP);

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: RowLabels,
  ) {}

  /** The connection `row` has ended. */
  add(row: number): void {
    const { flows, labels } = this;
    const packets = flows.packetsOf(row);
    const bytes = flows.bytesOf(row);
    const isLookup = labels.isLookup(row);
    this.byLabel = added(this.byLabel, labels.of(row), isLookup, packets, bytes);
    this.byProtocol = added(this.byProtocol, flows.protocolOf(row), isLookup, packets, bytes);
  }

  /**
   * Labels by bytes. `restPackets` and `restBytes` are those of packets outside any connection, counted as unknown: so
   * that packets and bytes add up to the capture's.
   */
  labelRows(restPackets: number, restBytes: number): LabelRow[] {
    const { labels } = this;
    const rows: LabelRow[] = [];
    for (let label = 0; label * GROUP < this.byLabel.length; label++) {
      const sums = this.byLabel.subarray(label * GROUP, (label + 1) * GROUP);
      const packets = sums[PACKETS]! + (label === 0 ? restPackets : 0);
      if (packets === 0) continue;
      rows.push({
        label: labels.textOf(label),
        kind: labels.kindOf(label),
        category: labels.categoryOf(label),
        connections: sums[CONNECTIONS]!,
        lookups: sums[LOOKUPS]!,
        packets,
        bytes: sums[BYTES]! + (label === 0 ? restBytes : 0),
      });
    }
    return rows.sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
  }

  /** Protocols by bytes, with `names` by their ids; the rest is counted as "none". */
  protocolRows(names: readonly string[], restPackets: number, restBytes: number): ProtocolRow[] {
    const rows: ProtocolRow[] = [];
    for (let id = 0; id < names.length && id * GROUP < this.byProtocol.length; id++) {
      const sums = this.byProtocol.subarray(id * GROUP, (id + 1) * GROUP);
      const packets = sums[PACKETS]! + (id === 0 ? restPackets : 0);
      if (packets === 0) continue;
      rows.push({
        protocol: id === 0 ? NO_PROTOCOL : names[id]!,
        connections: sums[CONNECTIONS]! + sums[LOOKUPS]!,
        packets,
        bytes: sums[BYTES]! + (id === 0 ? restBytes : 0),
      });
    }
    return rows.sort((a, b) => b.bytes - a.bytes || (a.protocol < b.protocol ? -1 : 1));
  }
}

/** Adds a connection to the group `index`; returns the array, which is a longer one where the group needs room. */
function added(
  sums: Float64Array<ArrayBuffer>,
  index: number,
  isLookup: boolean,
  packets: number,
  bytes: number,
): Float64Array<ArrayBuffer> {
  const at = index * GROUP;
  let into = sums;
  if (at >= into.length) {
    into = new Float64Array(Math.max(at + GROUP, sums.length * 2));
    into.set(sums);
  }
  into[at + (isLookup ? LOOKUPS : CONNECTIONS)]!++;
  into[at + PACKETS]! += packets;
  into[at + BYTES]! += bytes;
  return into;
}
