import type { RunWriter } from '../../adapters/outputs/run-writer.js';
import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { BATCH_LEN, type PacketBatch } from '../../core/capture/packet-batch.js';
import { limitsReached } from '../../core/engine/limits-reached.js';
import { Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import { packetWarnings } from '../../core/engine/summary.js';
import { FirstPass } from '../../core/filter/first-pass.js';
import { KeptPackets } from '../../core/filter/kept-packets.js';
import { SecondPass } from '../../core/filter/second-pass.js';
import type { RuleTallies } from '../../core/policy/rule-tallies.js';
import { unreadPackets } from '../../core/report/hidden-tally.js';
import { LIMIT_REACHED } from '../../core/report/limit-words.js';
import type { HiddenConnections, InputRow, UnreadPackets } from '../../core/report/model.js';
import { type BatchReader, CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { type OnProgress, passProgress } from '../shared/progress.js';
import { SteadyInput } from './steady-input.js';

/** The counts of a filter run. */
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
  readonly unread: UnreadPackets[];
  readonly hidden: HiddenConnections[];
  readonly warnings: readonly string[];
}

export interface FilterHooks {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Most bytes of the input once unpacked. */
  readonly maxInputLen?: number;
}

/** Remembers where an unfinished block begins in the output, and removes it if the input ends inside it. */
class OpenBlock {
  private outputStart = -1;

  constructor(private readonly writer: RunWriter) {}

  /** Call after each batch that was written. */
  follow(batch: PacketBatch): void {
    if (batch.openAt < 0) this.outputStart = -1;
    else if (this.outputStart < 0) this.outputStart = this.writer.acceptedLen - (batch.end - batch.openAt);
  }

  /** Call at the end of the input. Returns warnings. */
  close(): string[] {
    if (this.outputStart < 0 || this.writer.cutTo(this.outputStart)) return [];
    return ['the output ends inside a block, as the input does'];
  }
}

/** One pass: judges each packet by what is known when it arrives. */
export class InlineFilter implements BatchReader {
  private readonly pipeline: Pipeline;
  private readonly openBlock: OpenBlock;
  private readonly kept: KeptPackets;
  private droppedPackets = 0;
  private droppedBytes = 0;

  constructor(
    options: PipelineOptions,
    private readonly writer: RunWriter,
    private readonly hooks: FilterHooks,
  ) {
    this.pipeline = new Pipeline(options);
    this.openBlock = new OpenBlock(writer);
    this.kept = new KeptPackets(writer);
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
    this.kept.take(batch, dropped);
    this.openBlock.follow(batch);
  }

  /** Filters the capture; `name` replaces its path in the report. */
  async filter(input: CaptureInput, name?: string): Promise<Filtering> {
    const { pipeline, writer } = this;
    const reading = new CaptureRun(this, { ...this.hooks, drain: () => writer.settle() }, totalLenOf([input]));
    await reading.read(input, name);
    await reading.drain(pipeline);
    return {
      row: reading.rows[0]!,
      totalPackets: pipeline.packets,
      totalBytes: pipeline.bytes,
      droppedPackets: this.droppedPackets,
      droppedBytes: this.droppedBytes,
      totalConnections: pipeline.recognition.report.connections,
      blockedConnections: pipeline.recognition.report.blockedConnections,
      tallies: pipeline.recognition.verdicts?.tallies ?? null,
      ...leftOut(pipeline),
      warnings: [
        ...this.openBlock.close(),
        ...this.kept.close(),
        ...packetWarnings(pipeline.totals),
        ...limitWarnings(pipeline),
      ],
    };
  }
}

/** Two passes over one input: the first finds the verdict on each connection, the second drops or keeps it whole. */
export class FlowFilter {
  private readonly first: FirstPass;
  private readonly openBlock: OpenBlock;

  constructor(
    private readonly options: PipelineOptions,
    private readonly writer: RunWriter,
    private readonly hooks: FilterHooks,
    /** Keep what the rules match, drop the rest. */
    private readonly keepsMatches: boolean,
  ) {
    this.first = new FirstPass(options);
    this.openBlock = new OpenBlock(writer);
  }

  /** Filters the file `path`, called `name`. Rejects with DpiError if it is another file in the second pass. */
  async filter(path: string, name: string): Promise<Filtering> {
    const input = new SteadyInput(path, name);
    try {
      return await this.filterSteady(path, name, input);
    } finally {
      input.close();
    }
  }

  private async filterSteady(path: string, name: string, input: SteadyInput): Promise<Filtering> {
    const { first, hooks, writer } = this;
    const totalLen = totalLenOf([path]);
    const { signal, maxInputLen } = hooks;
    const firstProgress = passProgress(hooks.onProgress, 'first', totalLen);
    const reading = new CaptureRun(
      new TrailReader(first, input),
      { signal, maxInputLen, onProgress: firstProgress },
      totalLen,
    );
    await reading.read(path, name);
    await reading.drain(first.pipeline);
    const row = reading.rows[0]!;

    const second = new SecondPass(this.options, first.verdicts, first.tallies);
    const kept = new KeptPackets(writer);
    const reader = new WholeWriter(second, kept, this.openBlock, input, this.keepsMatches);
    const onProgress = passProgress(hooks.onProgress, 'second', totalLen);
    const writing = new CaptureRun(reader, { signal, onProgress, drain: () => writer.settle() }, totalLen);
    if (!signal?.aborted) {
      input.assertSame();
      await writing.read(path, name);
    }
    if (!signal?.aborted) {
      input.assertSamePackets();
      input.assertSame();
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
      ...leftOut(first.pipeline),
      warnings: [
        ...this.openBlock.close(),
        ...kept.close(),
        ...packetWarnings(first.pipeline.totals),
        ...limitWarnings(first.pipeline),
      ],
    };
  }
}

/** Traffic that the rules could not look into. */
function leftOut({ totals, recognition }: Pipeline): Pick<Filtering, 'unread' | 'hidden'> {
  const { unread, bytes } = totals;
  return { unread: unreadPackets(unread, bytes), hidden: recognition.report.hidden.rows(bytes) };
}

/** Traffic beyond a limit may have escaped the rules. */
function limitWarnings(pipeline: Pipeline): string[] {
  if (pipeline.recognition.verdicts === null) return [];
  const reached = limitsReached(pipeline).filter(({ name }) => name !== 'domains_not_listed');
  return reached.map(({ sentence }) => LIMIT_REACHED + sentence);
}

/** Notes the packets of the first pass. */
class TrailReader implements BatchReader {
  constructor(
    private readonly first: FirstPass,
    private readonly input: SteadyInput,
  ) {}

  get packets(): number {
    return this.first.packets;
  }

  get bytes(): number {
    return this.first.bytes;
  }

  run(batch: PacketBatch): void {
    this.input.first.add(batch);
    this.first.run(batch);
  }
}

/** Writes the packets that the second pass keeps. Ignores packets appended to the file since the first. */
class WholeWriter implements BatchReader {
  private readonly dropped = new Uint8Array(BATCH_LEN);
  private isFull = false;

  constructor(
    private readonly second: SecondPass,
    private readonly kept: KeptPackets,
    private readonly openBlock: OpenBlock,
    private readonly input: SteadyInput,
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
    const left = this.input.first.packets - this.second.packets;
    if (batch.count > left) {
      this.isFull = true;
      batch.end = batch.rawStart[left]!;
      batch.count = left;
      batch.openAt = -1;
    }
    this.input.second.add(batch);
    this.second.run(batch);
    const { matched } = this.second;
    const dropIf = this.keepsMatches ? 0 : 1;
    for (let i = 0; i < batch.count; i++) this.dropped[i] = matched[i] === dropIf ? 1 : 0;
    this.kept.take(batch, this.dropped);
    this.openBlock.follow(batch);
  }
}
