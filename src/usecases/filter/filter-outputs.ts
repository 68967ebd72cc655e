import type { ByteSink } from '../../adapters/outputs/byte-sink.js';
import { RunWriter } from '../../adapters/outputs/run-writer.js';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { KeptPackets } from '../../core/filter/kept-packets.js';

/** Where the kept packets of one input go. */
class FilterOutput {
  readonly writer: RunWriter;
  private readonly kept: KeptPackets;
  /** Where an unfinished block begins in the output; -1 for none. */
  private openBlockAt = -1;

  constructor(sink: ByteSink, others: number) {
    this.writer = new RunWriter(sink, others);
    this.kept = new KeptPackets(this.writer);
  }

  take(batch: PacketBatch, dropped: Uint8Array): void {
    this.kept.take(batch, dropped);
    if (batch.openAt < 0) this.openBlockAt = -1;
    else if (this.openBlockAt < 0) this.openBlockAt = this.writer.acceptedLen - (batch.end - batch.openAt);
  }

  /** Removes a block inside which the input ended. Returns warnings. */
  close(): string[] {
    const isCut = this.openBlockAt < 0 || this.writer.cutTo(this.openBlockAt);
    return [...(isCut ? [] : ['the output ends inside a block, as the input does']), ...this.kept.close()];
  }
}

/** The outputs of a filter, one for each input. Its caller opens the sinks. */
export class FilterOutputs {
  private readonly outputs: readonly FilterOutput[];
  private current: FilterOutput;

  constructor(private readonly sinks: readonly ByteSink[]) {
    this.outputs = sinks.map((sink) => new FilterOutput(sink, sinks.length - 1));
    this.current = this.outputs[0]!;
  }

  /** Batches of the input at `index` come next. */
  turnTo(index: number): void {
    this.current = this.outputs[index]!;
  }

  /** Takes a batch but for the records whose entry in `dropped` is not 0. */
  take(batch: PacketBatch, dropped: Uint8Array): void {
    this.current.take(batch, dropped);
  }

  /** Call after each piece of input. Returns what to await before the next. */
  settle(): Promise<void> | null {
    return this.current.writer.settle();
  }

  /** The inputs, called `names`, are over. Returns what to warn of. */
  close(names: readonly string[]): string[] {
    const isOne = this.outputs.length === 1;
    return this.outputs.flatMap((output, i) =>
      output.close().map((warning) => (isOne ? warning : `${names[i]}: ${warning}`)),
    );
  }

  /** Writes the rest and makes the outputs permanent. */
  async commit(): Promise<void> {
    for (const { writer } of this.outputs) writer.flush();
    for (const sink of this.sinks) await sink.commit();
  }

  /** Gives up: files keep their old content. No effect on what was committed. */
  discard(): void {
    for (const sink of this.sinks) sink.discard();
  }
}
