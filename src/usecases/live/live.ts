import { isFifo, openFifo } from '../../adapters/outputs/fifo-output.js';
import { GrowingFile } from '../../adapters/outputs/growing-file.js';
import { CaptureStream } from '../../core/capture/capture-stream.js';
import { notACapture } from '../../core/capture/non-capture.js';
import { PacketBatch } from '../../core/capture/packet-batch.js';
import { Pipeline } from '../../core/engine/pipeline.js';
import { summarise } from '../../core/engine/summary.js';
import type { LiveSnapshot, SnapshotOptions } from '../../core/live/live-model.js';
import { Snapshots } from '../../core/live/snapshots.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import type { InputRow } from '../../core/report/model.js';
import { monotonicMs } from '../../system/clock.js';
import { TurnTimer } from '../../system/turn-timer.js';
import { GENERATOR } from '../../system/version.js';
import { bothOf, parseConditions, type ReportConditions } from '../shared/conditions.js';
import { drainAll } from '../shared/drain.js';
import { gathered } from '../shared/gathered.js';
import { finishRun, openFollowingRun, type Run } from '../shared/run.js';
import { type LiveInput, openLiveInput } from './live-input.js';
import type { LiveOptions, LiveResult, LiveStatus } from './live-types.js';

const TICK_MS = 250;
/** The clock advances by no more between two ticks: a machine that slept must not time out connections. */
const MAX_TICK_MS = 1000;
/** The longest delay that setTimeout takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The capture tool is asked for its lost packets once in so many ticks. */
const ASK_EVERY = 8;
const DEFAULT_TOP = 10;

/**
 * Watches packets as they are captured, until the capture, its time, its count or the caller's signal ends it, and
 * reports as `analyzeCaptures` does. Drops nothing: the rules, as they are in the store at each moment, say what they
 * would drop. Memory does not grow with time. Rejects with a DpiError when nothing can be captured.
 */
export async function watchTraffic(options: LiveOptions): Promise<LiveResult> {
  const lateWarnings: string[] = [];
  let pipeline: Pipeline | null = null;
  const run = await openFollowingRun(options, (apps) => parseConditions(options, apps), {
    changed: ({ rules }) => pipeline?.replaceRules(rules),
    warn: options.onWarning ?? ((sentence) => lateWarnings.push(sentence)),
  });
  try {
    pipeline = createPipeline(run, options);
    const signal = options.signal ?? new AbortController().signal;
    const input = await openLiveInput(options.origin, signal);
    const snapshots = new Snapshots(pipeline, run.engine.apps, monotonicMs());
    const watch = new Watch(pipeline, snapshots, { ...options, signal }, input);
    if (input !== null) await watch.run(input);
    await drainAll(pipeline, () => watch.pause());
    await options.drain?.();

    const { verdicts, largest } = pipeline.recognition;
    const origin = run.watch?.inForce ?? null;
    const summary = summarise(pipeline, watch.rows, GENERATOR, verdicts?.rules ?? NO_RULES, origin);
    summary.warnings.unshift(...lateWarnings);
    summary.warnings.push(...watch.warnings);
    const isDamaged = watch.endedByAccident || watch.rows.some(({ damage }) => damage !== null);
    finishRun(run, run.parsed.conditions, summary);
    const { lostPackets, elapsedMs } = watch;
    return { summary, top: largest.sorted(), lostPackets, elapsedMs, isDamaged };
  } finally {
    await run.watch?.close();
  }
}

function createPipeline({ engine, parsed, selection }: Run<ReportConditions>, options: LiveOptions): Pipeline {
  const { onLabel } = options;
  const onConnection = bothOf(parsed.onConnection, options.onConnection);
  const hasRecords = onConnection !== undefined || onLabel !== undefined;
  const labelled = (row: number) => {
    const { reader, selected } = pipeline.recognition;
    if (selected === null || selected.has(row)) onLabel?.(reader.read(row));
  };
  const pipeline: Pipeline = new Pipeline({
    ...engine,
    rulesMayChange: (options.rules?.stored ?? null) !== null,
    onConnection,
    // Set even without a listener: it makes names from DNS answers known before a connection ends.
    onLabel: onLabel === undefined ? () => {} : labelled,
    ...gathered(selection, {
      facts: { packets: hasRecords, quality: hasRecords ? 'details' : undefined },
      handshakes: hasRecords,
    }),
    top: options.top ?? DEFAULT_TOP,
  });
  return pipeline;
}

/** One live capture. */
class Watch implements LiveStatus {
  readonly name: string;
  readonly tool: LiveStatus['tool'];
  readonly rows: InputRow[] = [];
  readonly warnings: string[] = [];
  endedByAccident = false;
  private readonly batch = new PacketBatch();
  private readonly started = monotonicMs();
  private readonly turn = new TurnTimer();
  private lastTick = this.started;
  private timer: NodeJS.Timeout | null = null;
  private ticks = 0;
  private seenPackets = 0;
  /** How long no packet has come, and whether the reader waits for one. */
  private quietMs = 0;
  private isQuiet = false;
  private file: GrowingFile | null = null;
  /** Something has asked for the end. */
  private isEnding = false;
  private isFull = false;
  private tickFailure: unknown = null;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly snapshots: Snapshots,
    private readonly options: LiveOptions & { readonly signal: AbortSignal },
    private readonly input: LiveInput | null,
  ) {
    this.name = input?.source.name ?? options.origin.interfaceName ?? '';
    this.tool = input?.child?.tool ?? null;
  }

  get elapsedMs(): number {
    return monotonicMs() - this.started;
  }

  get lostPackets(): number | null {
    return this.input?.child?.messages.dropped ?? null;
  }

  snapshot(wish: SnapshotOptions): LiveSnapshot {
    return this.snapshots.take(monotonicMs(), wish);
  }

  async run(input: LiveInput): Promise<void> {
    const { options } = this;
    const ticker = setInterval(() => this.tick(), TICK_MS);
    const end = () => this.end();
    options.signal.addEventListener('abort', end, { once: true });
    try {
      if (options.write !== undefined) this.file = await this.openFile(options.write);
      this.watchTime();
      options.onBegin?.(this);
      if (options.signal.aborted) this.end();
      await this.read(input);
    } finally {
      clearInterval(ticker);
      if (this.timer !== null) clearTimeout(this.timer);
      options.signal.removeEventListener('abort', end);
      this.file?.close();
      input.source.close();
    }
  }

  /** Waits for the reader of a FIFO; null when the run ends first. */
  private async openFile(path: string): Promise<GrowingFile | null> {
    const inputs = this.tool === null ? ['-'] : [];
    if (!isFifo(path)) return new GrowingFile(path, inputs);
    const fifo = await openFifo(path, this.options.signal);
    if (fifo === null) return null;
    try {
      // While it is open the FIFO has a reader, so that opening it again does not block.
      return new GrowingFile(path, inputs);
    } finally {
      fifo.destroy();
    }
  }

  /** Waits until there is room to write, and lets the event loop turn when it is time to. */
  async pause(): Promise<void> {
    const waiting = this.options.drain?.();
    if (waiting) await waiting;
    if (this.turn.isOver) await this.turn.next();
  }

  private async read(input: LiveInput): Promise<void> {
    const { batch } = this;
    const { source, child } = input;
    const stream = new CaptureStream();
    for (let atEnd = false; ; ) {
      while (!this.isFull && stream.nextBatch(batch)) this.take(batch);
      await this.pause();
      if (this.tickFailure !== null) throw this.tickFailure;
      if (atEnd || stream.stopped || this.isFull || (this.isEnding && child === null)) break;
      const filled = source.fill(stream);
      if ((typeof filled === 'number' ? filled : await this.quietly(filled)) === 0) {
        atEnd = true;
        stream.end();
      }
    }
    const wasAsked = this.isEnding;
    if (child !== null) {
      child.stop();
      child.discard();
      const { code, signal } = await child.ended;
      if (!wasAsked && (code !== 0 || signal !== null)) this.accident(child.messages.complaint, code, signal);
    }
    if (stream.format === null && !wasAsked && stream.receivedLen > 0) {
      throw notACapture(source.name, stream.unrecognisedHead(), source.compression, source.damage);
    }
    const damage = wasAsked ? null : stream.finish(source);
    this.rows.push({
      name: source.name,
      format: stream.format,
      compression: source.compression,
      packets: this.pipeline.packets,
      bytes: this.pipeline.bytes,
      damage: damage === null ? null : damage.message,
    });
    this.tellLosses();
  }

  /** Waits for input. Only this wait counts as quiet time, which ages connections. */
  private async quietly(filled: Promise<number>): Promise<number> {
    this.isQuiet = true;
    const len = await filled;
    this.isQuiet = false;
    // Waiting is not work: the turn starts anew.
    this.turn.restart();
    return len;
  }

  private take(batch: PacketBatch): void {
    const { count } = this.options;
    if (count !== undefined && this.pipeline.packets + batch.count >= count) {
      batch.count = count - this.pipeline.packets;
      batch.end = batch.rawEnd[batch.count - 1]!;
      batch.openAt = -1;
      this.isFull = true;
      this.isEnding = true;
    }
    const { buf, start, end, openAt } = batch;
    this.file?.write(buf, start, end, openAt < 0 ? end : openAt);
    if (batch.count > 0) this.pipeline.run(batch);
  }

  /** Ends the watch when its time is over. */
  private watchTime(): void {
    const leftMs = (this.options.durationMs ?? Number.POSITIVE_INFINITY) - this.elapsedMs;
    if (leftMs <= 0) this.end();
    else if (leftMs < Number.POSITIVE_INFINITY) {
      this.timer = setTimeout(() => this.watchTime(), Math.min(leftMs, LONGEST_TIMER_MS));
    }
  }

  /** Stops the tool, or closes the pipe: the reader takes what has arrived and ends. */
  private end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    if (this.input?.child) this.input.child.stop();
    else this.input?.source.close();
  }

  private tick(): void {
    const { pipeline } = this;
    const now = monotonicMs();
    const step = Math.min(now - this.lastTick, MAX_TICK_MS);
    this.lastTick = now;
    this.ticks++;
    if (pipeline.packets !== this.seenPackets) this.quietMs = 0;
    else if (this.isQuiet) this.quietMs += step;
    this.seenPackets = pipeline.packets;
    if (this.seenPackets > 0) pipeline.advance(this.quietMs * 1000);
    if (this.ticks % ASK_EVERY === 0) this.input?.child?.askForDrops();
    try {
      this.options.onTick?.(this);
    } catch (error) {
      // `read` rethrows it to the caller.
      this.tickFailure ??= error;
      this.end();
    }
  }

  private accident(complaint: string, code: number | null, signal: NodeJS.Signals | null): void {
    this.endedByAccident = true;
    const how = signal === null ? `exit code ${code}` : signal;
    const why = complaint === '' ? '' : `: ${complaint}`;
    this.warnings.push(`${this.tool!.name} ended by itself (${how})${why}; the report covers what came before`);
  }

  private tellLosses(): void {
    const { lostPackets } = this;
    if (lostPackets === null || lostPackets === 0) return;
    const percent = ((lostPackets / (lostPackets + this.pipeline.packets)) * 100).toFixed(1);
    this.warnings.push(
      `${this.tool!.name} lost ${lostPackets} packets (${percent}%) because they came faster than they were read: they are not in this report`,
    );
  }
}
