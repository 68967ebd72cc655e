import type { PacketBatch } from '../capture/packet-batch.js';
import { Pipeline, type PipelineOptions } from '../engine/pipeline.js';
import { NO_FLOW } from '../flow/packet-columns.js';
import type { ProofPacket } from './claim.js';

/** Packets of one connection that may be in its proof: labels follow from the first ones. */
const MAX_OWN = 4096;
/** Packets of other connections that may be. */
const MAX_CONTEXT = 16_384;
/** Fragments that wait for the packet that completes their datagram. */
const MAX_FRAGMENTS = 4096;

/** Collects the packets of a connection, and of those that may have named it. */
export class PacketCollector {
  readonly pipeline: Pipeline;
  readonly own: ProofPacket[] = [];
  readonly context: ProofPacket[] = [];
  private readonly fragments = new Map<number, ProofPacket[]>();
  private fragmentCount = 0;

  /** `id` and `contextIds` are those that a pipeline with the same options gave. */
  constructor(
    options: PipelineOptions,
    private readonly id: number,
    private readonly contextIds: ReadonlySet<number>,
  ) {
    this.pipeline = new Pipeline({ ...options, tellConnections: true });
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    const { pipeline } = this;
    pipeline.run(batch);
    const { connection, flow, fragmentGroup } = pipeline.columns;
    for (let i = 0; i < batch.count; i++) {
      const group = fragmentGroup[i]!;
      if (flow[i] === NO_FLOW) {
        if (group !== 0 && this.fragmentCount < MAX_FRAGMENTS) this.keepFragment(group, packetOf(batch, i));
        continue;
      }
      const id = connection[i]!;
      const list = id === this.id ? this.own : this.contextIds.has(id) ? this.context : null;
      if (list === null || list.length >= (list === this.own ? MAX_OWN : MAX_CONTEXT)) continue;
      for (const fragment of this.fragments.get(group) ?? []) list.push(fragment);
      list.push(packetOf(batch, i));
    }
  }

  private keepFragment(group: number, packet: ProofPacket): void {
    this.fragmentCount++;
    const known = this.fragments.get(group);
    if (known === undefined) this.fragments.set(group, [packet]);
    else known.push(packet);
  }
}

function packetOf(batch: PacketBatch, i: number): ProofPacket {
  return {
    number: batch.firstNumber + i,
    tsMicros: batch.tsMicros[i]!,
    linkType: batch.linkType[i]!,
    wireLen: batch.wireLen[i]!,
    frame: Buffer.from(batch.buf.subarray(batch.frameStart[i]!, batch.frameEnd[i]!)),
  };
}
