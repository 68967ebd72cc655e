import type { PacketBatch } from '../capture/packet-batch.js';
import type { PipelineObserver } from '../engine/options.js';
import type { FlowTable } from '../flow/flow-table.js';
import { NO_FLOW, type PacketColumns } from '../flow/packet-columns.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import type { Inspector } from '../inspect/inspector.js';
import type { CapturedFrame } from './packet-note.js';

/** Finds the connection of one packet, by the packet's number in the capture. */
export class PacketFinder implements PipelineObserver {
  /** The connection's id; 0 until the packet has come, and where it belongs to none. */
  id = 0;
  /** The packet; null until it has come. */
  frame: CapturedFrame | null = null;
  private flows: FlowTable | null = null;

  constructor(private readonly number: number) {}

  attach(flows: FlowTable): void {
    this.flows = flows;
  }

  inspector(one: Inspector): Inspector {
    return one;
  }

  listener(one: FindingListener): FindingListener {
    return one;
  }

  packet(batch: PacketBatch, _columns: PacketColumns, i: number, row: number): void {
    if (batch.firstNumber + i !== this.number) return;
    if (row !== NO_FLOW) this.id = this.flows!.idOf(row);
    this.frame = {
      number: this.number,
      tsMicros: batch.tsMicros[i]!,
      bytes: Buffer.from(batch.buf.subarray(batch.frameStart[i]!, batch.frameEnd[i]!)),
      wireLen: batch.wireLen[i]!,
      linkType: batch.linkType[i]!,
    };
  }
}
