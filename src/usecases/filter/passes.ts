import type { RunWriter } from '../../adapters/outputs/run-writer.js';
import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { BATCH_LEN, type PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';
import { limitsReached } from '../../core/engine/limits-reached.js';
import { Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import { FirstPass } from '../../core/filter/first-pass.js';
import { keepRuns } from '../../core/filter/kept-runs.js';
import { SecondPass } from '../../core/filter/second-pass.js';
import type { RuleTallies } from '../../core/policy/rule-tallies.js';
import type { InputRow } from '../../core/report/model.js';
import type { AnalyzeProgress } from '../analyze/analyze-types.js';
import { type BatchReader, CaptureRun, totalLenOf } from '../shared/capture-run.js';

/** Connections ended at a time when the input is over. */
const DRAIN_STEP = 2000;

/** What a filter counted. */
export interface Filtering {
  readonly row: InputRow;
  readonly totalPackets: number;
  readonly totalBytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
  readonly totalConnections: number;
  readonly blockedConnections: number;
  /** Null without rules. */
  readonly tallies: RuleTallies | null;
  readonly warnings: readonly string[];
}

export interface FilterHooks {
  readonly onProgress?: (progress: AnalyzeProgress) => void;
  readonly signal?: AbortSignal;
  /** Bytes that the input may have once unpacked. */
  readonly maxInputLen?: number;
}

/** Remembers where a block begins in the output that is not over, and takes it back if it never is. */
class OpenBlock {
  private outputStart = -1;

  constructor(private readonly writer: RunWriter) {}

  /** The batch has been written. */
  follow(batch: PacketBatch): void {
    if (batch.openAt < 0) this.outputStart = -1;
    else if (this.outputStart < 0) this.outputStart = this.writer.acceptedLen - (batch.end - batch.openAt);
  }

  /** The input is over. Returns what to warn of. */
  close(): string[] {
    if (this.outputStart < 0 || this.writer.cutTo(this.outputStart)) return [];
    return ['the output ends inside a block, as the input does'];
  }
}

/** One pass: each packet is judged by what is known when it comes, and passes or not at once. */
export class InlineFilter implements BatchReader {
  private readonly pipeline: Pipeline;
  private readonly openBlock: OpenBlock;
  private droppedPackets = 0;
  private droppedBytes = 0;

  constructor(
    options: PipelineOptions,
    private readonly writer: RunWriter,
    private readonly hooks: FilterHooks,
  ) {
    this.pipeline = new Pipeline(options);
    this.openBlock = new OpenBlock(writer);
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    this.pipeline.run(batch);
    const { dropped } = this.pipeline.columns;
    for (let i = 0; i < batch.count; i++) {
      if (dropped[i] === 0) continue;
      this.droppedPackets++;
      this.droppedBytes += batch.wireLen[i]!;
    }
    keepRuns(batch, dropped, this.writer);
    this.openBlock.follow(batch);
  }

  async filter(input: CaptureInput): Promise<Filtering> {
    const { pipeline, writer } = this;
    const reading = new CaptureRun(this, { ...this.hooks, drain: () => writer.settle() }, totalLenOf([input]));
    await reading.read(input);
    while (pipeline.drain(DRAIN_STEP)) await reading.pause();
    return {
      row: reading.rows[0]!,
      totalPackets: pipeline.packets,
      totalBytes: pipeline.bytes,
      droppedPackets: this.droppedPackets,
      droppedBytes: this.droppedBytes,
      totalConnections: pipeline.recognition.report.connections,
      blockedConnections: pipeline.recognition.report.blockedConnections,
      tallies: pipeline.recognition.verdicts?.tallies ?? null,
      warnings: [...this.openBlock.close(), ...limitWarnings(pipeline)],
    };
  }
}

/**
 * Two passes over the same input: the first finds the verdict on each connection, the second drops or keeps it whole.
 */
export class FlowFilter {
  private readonly first: FirstPass;
  private readonly openBlock: OpenBlock;

  constructor(
    private readonly options: PipelineOptions,
    private readonly writer: RunWriter,
    private readonly hooks: FilterHooks,
    /** Keep what the rules match, and drop the rest. */
    private readonly keepsMatches: boolean,
  ) {
    this.first = new FirstPass(options);
    this.openBlock = new OpenBlock(writer);
  }

  /** Filters the file `path`, which is called `name`. */
  async filter(path: string, name: string): Promise<Filtering> {
    const { first, hooks, writer } = this;
    const totalLen = totalLenOf([path]);
    const { signal, maxInputLen } = hooks;
    const reading = new CaptureRun(
      first,
      { signal, maxInputLen, onProgress: this.progressFrom(0, totalLen) },
      totalLen,
    );
    await reading.read(path, name);
    while (first.pipeline.drain(DRAIN_STEP)) await reading.pause();
    const row = reading.rows[0]!;

    const second = new SecondPass(this.options, first.verdicts, first.tallies);
    const reader = new WholeWriter(second, writer, this.openBlock, first.packets, this.keepsMatches);
    const onProgress = this.progressFrom(totalLen ?? 0, totalLen);
    const writing = new CaptureRun(reader, { signal, onProgress, drain: () => writer.settle() }, totalLen);
    if (!signal?.aborted) await writing.read(path, name);
    if (!signal?.aborted && second.packets < first.packets) {
      throw new DpiError('input-changed', `${name} changed while it was read: it lost packets between two passes`);
    }
    const total = first.pipeline.recognition.report.connections;
    const decided = first.decidedConnections;
    return {
      row,
      totalPackets: second.packets,
      totalBytes: second.bytes,
      droppedPackets: this.keepsMatches ? second.packets - second.matchedPackets : second.matchedPackets,
      droppedBytes: this.keepsMatches ? second.bytes - second.matchedBytes : second.matchedBytes,
      totalConnections: total,
      blockedConnections: this.keepsMatches ? total - decided : decided,
      tallies: first.tallies,
      warnings: [...this.openBlock.close(), ...limitWarnings(first.pipeline)],
    };
  }

  /** Both passes count as one way through twice the length. */
  private progressFrom(doneLen: number, totalLen: number | null): FilterHooks['onProgress'] {
    const { onProgress } = this.hooks;
    return (progress) =>
      onProgress?.({
        ...progress,
        bytesRead: doneLen + progress.bytesRead,
        totalLen: totalLen === null ? null : totalLen * 2,
      });
  }
}

/** Bounds that were met may have hidden from the rules what they block. */
function limitWarnings(pipeline: Pipeline): string[] {
  if (pipeline.recognition.verdicts === null) return [];
  const reached = limitsReached(pipeline).filter(({ name }) => name !== 'domains_not_listed');
  return reached.map(({ sentence }) => `limit reached: ${sentence}`);
}

/** Writes what the second pass leaves, and nothing of what was added to the file since the first. */
class WholeWriter implements BatchReader {
  private readonly dropped = new Uint8Array(BATCH_LEN);
  private isFull = false;

  constructor(
    private readonly second: SecondPass,
    private readonly writer: RunWriter,
    private readonly openBlock: OpenBlock,
    private readonly maxPackets: number,
    private readonly keepsMatches: boolean,
  ) {}

  get packets(): number {
    return this.second.packets;
  }

  get bytes(): number {
    return this.second.bytes;
  }

  run(batch: PacketBatch): void {
    if (this.isFull) return;
    const left = this.maxPackets - this.second.packets;
    if (batch.count > left) {
      this.isFull = true;
      batch.end = batch.rawStart[left]!;
      batch.count = left;
      batch.openAt = -1;
    }
    this.second.run(batch);
    const { matched } = this.second;
    const dropIf = this.keepsMatches ? 0 : 1;
    for (let i = 0; i < batch.count; i++) this.dropped[i] = matched[i] === dropIf ? 1 : 0;
    keepRuns(batch, this.dropped, this.writer);
    this.openBlock.follow(batch);
  }
}
