import type { PacketBatch } from '../../src/core/capture/packet-batch.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../../src/core/engine/options.js';
import type { Analysis, Recognition } from '../../src/core/engine/recognition.js';
import type { FlowTotals } from '../../src/core/flow/flow-totals.js';
import type { FlowBlock } from '../../src/core/relay/flow-block.js';
import { FlowReceiver } from '../../src/core/relay/flow-receiver.js';
import { FlowSender } from '../../src/core/relay/flow-sender.js';

/** An analysis in two halves within one thread, which reads what was handed over in the worst way that is allowed. */
export class Halves implements Analysis {
  /** Words of events so far. */
  eventsLen = 0;
  private readonly sender: FlowSender;
  private readonly receiver: FlowReceiver;
  private readonly known: Int32Array;
  private readonly settled: Int32Array;
  private chunk: Buffer = Buffer.alloc(0);
  private blocks = 0;
  private spare: FlowBlock | null = null;

  /** `learns` says behind each block, by their number, whether the sender learns now which connections are settled. */
  constructor(
    options: PipelineOptions,
    private readonly learns: (blocks: number) => boolean,
  ) {
    const { limits = DEFAULT_LIMITS, rules, seed, ignoreVlan } = options;
    const { maxConnections } = limits;
    this.known = new Int32Array(maxConnections);
    this.settled = new Int32Array(maxConnections);
    const wantsAll = rules !== undefined && !rules.isEmpty;
    this.sender = new FlowSender({ limits, seed, ignoreVlan }, this.known, wantsAll);
    this.receiver = new FlowReceiver(options, this.settled);
  }

  get totals(): FlowTotals {
    return this.sender.totals;
  }

  get recognition(): Recognition {
    return this.receiver.recognition;
  }

  run(batch: PacketBatch): void {
    this.sender.run(batch);
    this.chunk = batch.buf;
  }

  /** Call it before the stream is given more bytes. */
  handOver(): void {
    const { sender, chunk } = this;
    this.eventsLen += sender.eventsLen;
    const block = sender.takeBlock(this.spare);
    // No other bytes than those that it says it speaks of.
    const own = Buffer.alloc(chunk.length, 0xee);
    if (block.usedStart < block.usedEnd) chunk.copy(own, block.usedStart, block.usedStart, block.usedEnd);
    this.receiver.run(block, own);
    // Nobody may go on reading what was handed over.
    own.fill(0xff);
    new Uint8Array(block.events).fill(0xff);
    new Uint8Array(block.annex).fill(0xff);
    this.spare = block;
    sender.opensInitials = this.blocks % 3 !== 0;
    if (this.learns(++this.blocks)) this.known.set(this.settled);
  }

  /** Ends the connections in progress, `max` at a time. */
  drain(max: number): void {
    for (let isMore = true; isMore; this.handOver()) isMore = this.sender.drain(max);
  }
}
