import type { PacketBatch } from '../capture/packet-batch.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../engine/pipeline.js';
import { FlowStage } from '../flow/flow-stage.js';
import { NO_FLOW, SEGMENT_SHIFT } from '../flow/packet-columns.js';
import type { RuleTallies } from '../policy/rule-tallies.js';
import { QuoteReader } from './quote-reader.js';
import type { WholeVerdicts } from './whole-verdicts.js';

/**
 * The second of two passes: numbers the connections as the first did, without looking into them, and finds the verdict
 * on each packet: that of its connection, of the datagram that it is a fragment of, or of the packet that it quotes.
 *
 * The numbers are the same as in the first pass, because the same packets go through the same stage, which reads
 * headers alone.
 */
export class SecondPass extends FlowStage {
  /** 1 for each packet of the last batch that the rules match. */
  readonly matched = this.columns.dropped;
  matchedPackets = 0;
  matchedBytes = 0;
  /** ID of the connection that began last, modulo 2^32. */
  private newestId = 0;
  private readonly quotes: QuoteReader;

  /** `options` are those of the first pass. */
  constructor(
    options: PipelineOptions,
    private readonly verdicts: WholeVerdicts,
    /** Null without rules. */
    private readonly tallies: RuleTallies | null,
  ) {
    const { seed, limits = DEFAULT_LIMITS, timeouts, ignoreVlan } = options;
    super({ limits, timeouts, seed, ignoreVlan });
    this.quotes = new QuoteReader(this.flows, this.addresses, seed);
  }

  protected resolved(batch: PacketBatch, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.number(i);
      this.match(batch, i);
    }
  }

  protected ended(): void {}

  protected swept(): void {}

  private number(i: number): void {
    const { columns, flows } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) {
      columns.connection[i] = 0;
      return;
    }
    columns.connection[i] = flows.idOf(row);
    if (columns.starts[i] !== 0) this.newestId = columns.connection[i];
  }

  private match(batch: PacketBatch, i: number): void {
    const number = batch.firstNumber + i;
    const wireLen = batch.wireLen[i]!;
    let matched = this.verdicts.packets.has(number);
    if (!matched) {
      const rule = this.ruleOf(batch, i);
      matched = rule !== 0;
      if (matched) this.tallies?.packet(rule - 1, number, wireLen);
    }
    this.matched[i] = matched ? 1 : 0;
    if (!matched) return;
    this.matchedPackets++;
    this.matchedBytes += wireLen;
  }

  /** Number + 1 of the rule that decided what the packet belongs to, 0 for none. */
  private ruleOf(batch: PacketBatch, i: number): number {
    const { columns, verdicts } = this;
    const group = columns.fragmentGroup[i]!;
    if (group !== 0) {
      const rule = verdicts.groupRules.get(group);
      if (rule !== 0) return rule;
    }
    let connection = columns.connection[i]!;
    if (connection === 0 && group !== 0) connection = verdicts.groupConnections.get(group) >>> 0;
    if (connection !== 0) {
      const rule = verdicts.connectionRules.get(connection);
      if (rule !== 0) return rule;
    }
    return columns.quotedStart[i]! < 0 ? 0 : this.ruleOfQuoted(batch, i);
  }

  private ruleOfQuoted(batch: PacketBatch, i: number): number {
    const { columns } = this;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const quote = { buf, start: columns.quotedStart[i]!, end: columns.quotedEnd[i]! };
    const segment = columns.proto[i]! >>> SEGMENT_SHIFT;
    const row = this.quotes.rowOf(quote, batch.tsMicros[i]!, this.newestId, segment);
    if (row === NO_FLOW) return 0;
    return this.verdicts.connectionRules.get(this.flows.idOf(row));
  }
}
