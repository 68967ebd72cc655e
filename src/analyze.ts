import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import type { ByteSource } from './adapters/sources/byte-source.js';
import { openSource } from './adapters/sources/open-source.js';
import type { AnalyzeOptions, AnalyzeResult } from './analyze-types.js';
import { CaptureStream } from './core/capture/capture-stream.js';
import { notACapture } from './core/capture/non-capture.js';
import { PacketBatch } from './core/capture/packet-batch.js';
import { Pipeline } from './core/pipeline.js';
import type { InputRow } from './core/report/model.js';
import { summarise } from './core/summary.js';
import { loadApps } from './load-apps.js';
import { GENERATOR } from './version.js';

/** How long the analysis runs before it lets the event loop turn, for signals and the progress line. */
const SLICE_MS = 20;
/** Connections ended at a time when the input is over. */
const DRAIN_STEP = 2000;
const DEFAULT_TOP = 10;

/**
 * Reads captures (`-` is stdin) as one, in the order given, and reports. Memory does not grow with their length. Rejects
 * with a DpiError for what can't be read at all; damage is told in the report and gives exit code 3.
 */
export async function analyzeCaptures(inputs: readonly string[], options: AnalyzeOptions = {}): Promise<AnalyzeResult> {
  const warnings: string[] = [];
  const pipeline = new Pipeline({
    apps: await loadApps(options.appsFiles ?? [], (warning) => warnings.push(warning)),
    seed: randomInt(2 ** 31),
    onConnection: options.onConnection,
    top: options.top ?? DEFAULT_TOP,
  });
  const run = new AnalysisRun(pipeline, options, totalLenOf(inputs));
  for (const input of inputs) {
    if (options.signal?.aborted) break;
    await run.read(input);
  }
  await run.drain();
  const summary = summarise(pipeline, run.rows, GENERATOR);
  summary.warnings.unshift(...warnings);
  const isDamaged = run.rows.some((row) => row.damage !== null);
  return { summary, top: pipeline.largest.sorted(), rules: null, exitCode: isDamaged ? 3 : 0 };
}

const NOTHING_READ = { bytesRead: 0 };

/** One analysis over several inputs. */
class AnalysisRun {
  readonly rows: InputRow[] = [];
  private readonly batch = new PacketBatch();
  private finishedLen = 0;
  private sliceStart = performance.now();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly options: AnalyzeOptions,
    private readonly totalLen: number | null,
  ) {}

  async read(input: string): Promise<void> {
    const source = await openSource(input);
    try {
      await this.readSource(source);
    } finally {
      source.close();
    }
  }

  async drain(): Promise<void> {
    while (this.pipeline.drain(DRAIN_STEP)) await this.pause(NOTHING_READ);
    await this.options.drain?.();
  }

  private async readSource(source: ByteSource): Promise<void> {
    const { pipeline, batch, options } = this;
    const bytesBefore = pipeline.bytes;
    const stream = new CaptureStream(pipeline.packets + 1);
    for (let atEnd = false; ; ) {
      while (stream.nextBatch(batch)) pipeline.run(batch);
      if (atEnd || stream.stopped || options.signal?.aborted) break;
      const filled = source.fill(stream);
      if ((typeof filled === 'number' ? filled : await filled) === 0) {
        atEnd = true;
        stream.end();
      }
      if (options.drain !== undefined || performance.now() - this.sliceStart > SLICE_MS) await this.pause(source);
    }
    if (stream.unrecognised || (stream.format === null && !options.signal?.aborted)) {
      throw notACapture(source.name, stream.unrecognisedHead(), source.compression, source.damage);
    }
    const damage = options.signal?.aborted ? null : stream.finish(source);
    this.finishedLen += source.bytesRead;
    this.rows.push({
      name: source.name,
      format: stream.format,
      compression: source.compression,
      packets: stream.packets,
      bytes: pipeline.bytes - bytesBefore,
      damage: damage === null ? null : damage.message,
    });
  }

  /** Waits for the writer, and now and then lets the event loop turn. */
  private async pause(source: { readonly bytesRead: number }): Promise<void> {
    const waiting = this.options.drain?.();
    if (waiting) await waiting;
    if (performance.now() - this.sliceStart <= SLICE_MS) return;
    this.options.onProgress?.({
      bytesRead: this.finishedLen + source.bytesRead,
      totalLen: this.totalLen,
      packets: this.pipeline.packets,
    });
    await new Promise((resolve) => setImmediate(resolve));
    this.sliceStart = performance.now();
  }
}

/** Length of all inputs, null when one is a pipe or can't be looked at. */
function totalLenOf(inputs: readonly string[]): number | null {
  let total = 0;
  for (const input of inputs) {
    const stat = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
    if (!stat?.isFile()) return null;
    total += stat.size;
  }
  return total;
}
