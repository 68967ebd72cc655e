import { DEFAULT_LIMITS, type PipelineOptions } from '../../core/engine/options.js';
import type { Analysis, Recognition } from '../../core/engine/recognition.js';
import type { FlowTotals } from '../../core/flow/flow-totals.js';
import { FlowReceiver } from '../../core/relay/flow-receiver.js';
import type { InputRow } from '../../core/report/model.js';
import { TurnTimer } from '../../system/turn-timer.js';
import type { AnalyzeOptions } from './analyze-types.js';
import { CaptureRereader } from './capture-rereader.js';
import type { ReaderThread } from './reader-thread.js';

/**
 * An analysis in two threads: another one reads the captures and finds the connections of packets, this one recognises
 * and reports them. Its report equals that of one thread, byte for byte (docs/decisions/0015).
 */
export class TwoThreadAnalysis implements Analysis {
  readonly rows: InputRow[] = [];
  private readonly receiver: FlowReceiver;
  private readonly settledIds: Int32Array;
  private ended: FlowTotals | null = null;

  constructor(
    private readonly options: PipelineOptions,
    private readonly thread: ReaderThread,
  ) {
    const { maxConnections } = options.limits ?? DEFAULT_LIMITS;
    this.settledIds = new Int32Array(new SharedArrayBuffer(maxConnections * Int32Array.BYTES_PER_ELEMENT));
    this.receiver = new FlowReceiver(options, this.settledIds);
  }

  get recognition(): Recognition {
    return this.receiver.recognition;
  }

  /** Valid after `run` resolves. */
  get totals(): FlowTotals {
    if (this.ended === null) throw new Error('the analysis has not ended');
    return this.ended;
  }

  /** Reads plain files by their paths, as one. Rejects with a DpiError. `totalLen` is their length for the progress. */
  async run(inputs: readonly string[], hooks: AnalyzeOptions, totalLen: number | null): Promise<void> {
    const { thread, settledIds } = this;
    const { limits = DEFAULT_LIMITS, seed, ignoreVlan } = this.options;
    const { maxInputLen } = hooks;
    const wantsAll = this.recognition.judge !== null;
    thread.begin({ inputs, limits, maxInputLen, seed, ignoreVlan, wantsAll, settledIds });
    const stop = (): void => thread.stop();
    hooks.signal?.addEventListener('abort', stop);
    if (hooks.signal?.aborted) stop();
    const pieces = new CaptureRereader();
    const slice = new TurnTimer();
    try {
      while (this.ended === null) {
        const message = thread.take();
        if (message === null) {
          await thread.arrival();
          continue;
        }
        switch (message.kind) {
          case 'input':
            pieces.open(message.path, message.identity);
            break;
          case 'block': {
            this.receiver.run(message.block, pieces.read(message.offset, message.block));
            thread.release(message.block);
            const waiting = hooks.drain?.();
            if (waiting) await waiting;
            break;
          }
          case 'progress':
            hooks.onProgress?.({ ...message.progress, totalLen });
            break;
          default:
            this.ended = message.totals;
            this.rows.push(...message.rows);
        }
        if (slice.isOver) await slice.next();
      }
    } finally {
      pieces.close();
      hooks.signal?.removeEventListener('abort', stop);
    }
  }
}
