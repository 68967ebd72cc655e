import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { BATCH_LEN, type PacketBatch } from '../../core/capture/packet-batch.js';
import { limitsReached } from '../../core/engine/limits-reached.js';
import { Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import { packetWarnings } from '../../core/engine/summary.js';
import { FirstPass } from '../../core/filter/first-pass.js';
import { SecondPass } from '../../core/filter/second-pass.js';
import type { RuleTallies } from '../../core/policy/rule-tallies.js';
import { unreadPackets } from '../../core/report/hidden-tally.js';
import { LIMIT_REACHED } from '../../core/report/limit-words.js';
import type { HiddenConnections, InputRow, UnreadPackets } from '../../core/report/model.js';
import { type BatchReader, CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { type OnProgress, passProgress } from '../shared/progress.js';
import type { FilterOutputs } from './filter-outputs.js';
import { SteadyInputs } from './steady-inputs.js';

/** The counts of a filter run. */
export interface Filtering {
  readonly rows: readonly InputRow[];
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

/** One pass: judges each packet by what is known when it arrives. */
export class InlineFilter implements BatchReader {
  private readonly pipeline: Pipeline;
  private droppedPackets = 0;
  private droppedBytes = 0;

  constructor(
    options: PipelineOptions,
    private readonly outputs: FilterOutputs,
    private readonly hooks: FilterHooks,
  ) {
    this.pipeline = new Pipeline(options);
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
    this.outputs.take(batch, dropped);
  }

  /** Filters the captures, read as one; `names` replace their paths in the report. */
  async filter(inputs: readonly CaptureInput[], names: readonly string[]): Promise<Filtering> {
    const { pipeline, outputs } = this;
    const hooks = {
      ...this.hooks,
      names,
      drain: () => outputs.settle(),
      onInput: (_: CaptureInput, index: number) => outputs.turnTo(index),
    };
    const reading = new CaptureRun(this, hooks, totalLenOf(inputs));
    await reading.readAll(inputs, pipeline);
    return {
      rows: reading.rows,
      totalPackets: pipeline.packets,
      totalBytes: pipeline.bytes,
      droppedPackets: this.droppedPackets,
      droppedBytes: this.droppedBytes,
      totalConnections: pipeline.recognition.report.connections,
      blockedConnections: pipeline.recognition.report.blockedConnections,
      tallies: pipeline.recognition.verdicts?.tallies ?? null,
      ...leftOut(pipeline),
      warnings: [...outputs.close(names), ...packetWarnings(pipeline.totals), ...limitWarnings(pipeline)],
    };
  }
}

/** Two passes over the inputs: the first finds the verdict on each connection, the second drops or keeps it whole. */
export class FlowFilter {
  private readonly first: FirstPass;

  constructor(
    private readonly options: PipelineOptions,
    private readonly outputs: FilterOutputs,
    private readonly hooks: FilterHooks,
    /** Keep what the rules match, drop the rest. */
    private readonly keepsMatches: boolean,
  ) {
    this.first = new FirstPass(options);
  }

  /** Filters the files `paths`, called `names`. Rejects with DpiError if one is another file in the second pass. */
  async filter(paths: readonly string[], names: readonly string[]): Promise<Filtering> {
    const inputs = new SteadyInputs(paths, names);
    try {
      return await this.filterSteady(paths, names, inputs);
    } finally {
      inputs.close();
    }
  }

  private async filterSteady(
    paths: readonly string[],
    names: readonly string[],
    inputs: SteadyInputs,
  ): Promise<Filtering> {
    const { first, hooks, outputs } = this;
    const { signal, maxInputLen, onProgress } = hooks;
    const totalLen = totalLenOf(paths);
    const reading = new CaptureRun(
      new TrailReader(first, inputs),
      {
        names,
        signal,
        maxInputLen,
        onProgress: passProgress(onProgress, 'first', totalLen),
        onInput: (_, index) => inputs.turnTo(index),
      },
      totalLen,
    );
    await reading.readAll(paths, first.pipeline);

    const second = new SecondPass(this.options, first.verdicts, first.tallies);
    const writing = new CaptureRun(
      new WholeWriter(second, outputs, inputs, this.keepsMatches),
      {
        names,
        signal,
        onProgress: passProgress(onProgress, 'second', totalLen),
        drain: () => outputs.settle(),
        onInput: (_, index) => {
          inputs.turnTo(index);
          outputs.turnTo(index);
        },
      },
      totalLen,
    );
    if (!signal?.aborted) {
      inputs.assertSame();
      await writing.readInputs(paths);
    }
    if (!signal?.aborted) {
      inputs.assertSamePackets();
      inputs.assertSame();
    }
    const total = first.pipeline.recognition.report.connections;
    const decided = first.decidedConnections;
    return {
      rows: reading.rows,
      totalPackets: second.packets,
      totalBytes: second.bytes,
      droppedPackets: this.keepsMatches ? second.packets - second.matchedPackets : second.matchedPackets,
      droppedBytes: this.keepsMatches ? second.bytes - second.matchedBytes : second.matchedBytes,
      totalConnections: total,
      blockedConnections: this.keepsMatches ? total - decided : decided,
      tallies: first.tallies,
      ...leftOut(first.pipeline),
      warnings: [...outputs.close(names), ...packetWarnings(first.pipeline.totals), ...limitWarnings(first.pipeline)],
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
    private readonly inputs: SteadyInputs,
  ) {}

  get packets(): number {
    return this.first.packets;
  }

  get bytes(): number {
    return this.first.bytes;
  }

  run(batch: PacketBatch): void {
    this.inputs.noteFirst(batch);
    this.first.run(batch);
  }
}

/** Writes the packets that the second pass keeps. Ignores packets appended to a file since the first. */
class WholeWriter implements BatchReader {
  private readonly dropped = new Uint8Array(BATCH_LEN);

  constructor(
    private readonly second: SecondPass,
    private readonly outputs: FilterOutputs,
    private readonly inputs: SteadyInputs,
    private readonly keepsMatches: boolean,
  ) {}

  get packets(): number {
    return this.second.packets;
  }

  get bytes(): number {
    return this.second.bytes;
  }

  run(batch: PacketBatch): void {
    if (!this.inputs.noteSecond(batch)) return;
    this.second.run(batch);
    const { matched } = this.second;
    const dropIf = this.keepsMatches ? 0 : 1;
    for (let i = 0; i < batch.count; i++) this.dropped[i] = matched[i] === dropIf ? 1 : 0;
    this.outputs.take(batch, this.dropped);
  }
}
