/** The thread that reads captures for another one, which recognises: an entry of its own in the bundle. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';
import type { FlowTotals } from '../../core/flow/flow-totals.js';
import type { FlowBlock } from '../../core/relay/flow-block.js';
import { FlowSender } from '../../core/relay/flow-sender.js';
import { type BatchReader, CaptureRun } from '../shared/capture-run.js';
import { DRAIN_STEP } from '../shared/drain.js';
import type { AnalyzeProgress } from '../shared/progress.js';
import { CaptureRereader } from './capture-rereader.js';
import type { ReaderMessage, ReaderRequest, ReaderTask } from './reader-messages.js';

/** Blocks in transit at a time: a thread that is ahead waits for the other. */
const MAX_BLOCKS = 16;
/** From so many on, this thread is ahead and can do more of the other's work. */
const AHEAD_BLOCKS = 4;
/** Flush a block of this many event words even if it references no payload. */
const LONG_LEN = 1 << 16;

type Post = (message: ReaderMessage, transfer?: ArrayBuffer[]) => void;

/** Posts the sender's events, block by block. */
class BlockPost implements BatchReader {
  private readonly spares: FlowBlock[] = [];
  /** Blocks that exist, and blocks posted so far. */
  private blocks = 0;
  private posted = 0;
  private gotSpare: (() => void) | null = null;
  private offset = 0;

  constructor(
    private readonly sender: FlowSender,
    private readonly post: Post,
    private readonly takenIn: Int32Array,
  ) {}

  get totals(): FlowTotals {
    return this.sender.totals;
  }

  get packets(): number {
    return this.sender.packets;
  }

  get bytes(): number {
    return this.sender.bytes;
  }

  run(batch: PacketBatch): void {
    this.offset = batch.baseOffset;
    this.sender.run(batch);
  }

  pieceDone(): Promise<void> | null {
    if (!this.sender.usesBytes && this.sender.eventsLen < LONG_LEN) return null;
    if (!this.hasSpare) return this.spareCame().then(() => this.handOver());
    this.handOver();
    return null;
  }

  /** Ends the connections in progress. */
  async drain(): Promise<void> {
    for (let isMore = true; isMore; ) {
      isMore = this.sender.drain(DRAIN_STEP);
      if (isMore && this.sender.eventsLen < LONG_LEN) continue;
      if (!this.hasSpare) await this.spareCame();
      this.handOver();
    }
  }

  takeBack(spare: FlowBlock): void {
    this.spares.push(spare);
    this.gotSpare?.();
    this.gotSpare = null;
  }

  private get hasSpare(): boolean {
    return this.spares.length > 0 || this.blocks < MAX_BLOCKS;
  }

  private spareCame(): Promise<void> {
    return new Promise((resolve) => {
      this.gotSpare = resolve;
    });
  }

  private handOver(): void {
    const spare = this.spares.pop() ?? null;
    if (spare === null) this.blocks++;
    const block = this.sender.takeBlock(spare);
    this.post({ kind: 'block', block, offset: this.offset }, [block.events, block.annex]);
    this.posted++;
    this.sender.opensInitials = this.posted - Atomics.load(this.takenIn, 0) >= AHEAD_BLOCKS;
  }
}

async function read(task: ReaderTask, blocks: BlockPost, signal: AbortSignal, post: Post): Promise<void> {
  const { inputs, maxInputLen } = task;
  const onProgress = (progress: AnalyzeProgress): void => post({ kind: 'progress', progress });
  const capture = new CaptureRun(blocks, { signal, maxInputLen, onProgress }, null);
  try {
    for (const path of inputs) {
      if (signal.aborted) break;
      const identity = CaptureRereader.identityOf(path);
      if (identity !== null) post({ kind: 'input', path, identity });
      await capture.read(path);
    }
    await blocks.drain();
    post({ kind: 'end', totals: blocks.totals, rows: capture.rows });
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    post({ kind: 'failure', code: error.code, message: error.message });
  }
}

function listen(port: MessagePort): void {
  const post: Post = (message, transfer = []) => port.postMessage(message, transfer);
  const stop = new AbortController();
  let blocks: BlockPost | null = null;
  port.on('message', (order: ReaderRequest) => {
    if (order.kind === 'stop') stop.abort();
    else if (order.kind === 'spare') blocks?.takeBack(order.spare);
    else {
      const { task } = order;
      blocks = new BlockPost(new FlowSender(task, task.settledIds, task.wantsAll), post, task.takenIn);
      // A rejection is an unknown error: it ends the thread, and the other thread gets its `error` event.
      void read(task, blocks, stop.signal, post).finally(() => port.close());
    }
  });
}

listen(parentPort!);
