import type { PacketBatch } from '../capture/packet-batch.js';
import { AddressTable } from '../flow/address-table.js';
import { DecodeStage } from '../flow/decode-stage.js';
import * as F from '../flow/flow-row.js';
import { FlowTable } from '../flow/flow-table.js';
import { DEFAULT_TIMEOUTS } from '../flow/flow-timeouts.js';
import { NO_FLOW, PacketColumns } from '../flow/packet-columns.js';
import { FragmentTable } from '../layers/fragments.js';
import { PacketView } from '../layers/packet-view.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../pipeline.js';
import type { RuleTallies } from '../policy/rule-tallies.js';
import { QuoteReader } from './quote-reader.js';
import type { WholeVerdicts } from './whole-verdicts.js';

/**
 * The second of two passes: numbers the connections as the first did, without looking into them, and finds the verdict on
 * each packet: that of its connection, of the datagram that it is a fragment of, or of the packet that it quotes.
 *
 * The numbers come out alike because the same packets meet the same flow table in the steps of `Pipeline.run`, and the
 * table goes by headers alone.
 */
export class SecondPass {
  /** 1 for each packet of the last batch that the rules match. */
  readonly matched: Uint8Array;
  /** IDs of the connections of the last batch's packets, 0 for none. */
  readonly columns = new PacketColumns();
  packets = 0;
  bytes = 0;
  matchedPackets = 0;
  matchedBytes = 0;
  /** ID of the connection that began last, modulo 2^32. */
  private newestId = 0;
  private readonly flows: FlowTable;
  private readonly decode: DecodeStage;
  private readonly quotes: QuoteReader;

  /** `options` are those of the first pass. */
  constructor(
    options: PipelineOptions,
    private readonly verdicts: WholeVerdicts,
    private readonly tallies: RuleTallies,
  ) {
    const { seed, limits = DEFAULT_LIMITS, timeouts = DEFAULT_TIMEOUTS } = options;
    const addresses = new AddressTable(seed);
    this.flows = new FlowTable(limits.maxConnections, addresses, seed, () => {}, timeouts);
    this.decode = new DecodeStage(
      new PacketView(Buffer.alloc(0), new FragmentTable(limits.maxFragmentLen)),
      addresses,
      seed,
    );
    this.quotes = new QuoteReader(this.flows, addresses, seed);
    this.matched = this.columns.dropped;
  }

  run(batch: PacketBatch): void {
    const { columns, flows } = this;
    this.decode.run(batch, columns);
    for (let from = 0; from < columns.count; ) {
      const to = flows.resolve(columns, batch.tsMicros, batch.wireLen, from);
      for (let i = from; i < to; i++) {
        this.number(i);
        this.match(batch, i);
      }
      flows.sweep(to - from);
      from = to;
    }
    this.packets += batch.count;
    flows.collect();
  }

  private number(i: number): void {
    const { columns, flows } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) {
      columns.connection[i] = 0;
      return;
    }
    columns.connection[i] = flows.words[(row << F.ROW_SHIFT) + F.ID]!;
    if (columns.starts[i] !== 0) this.newestId = columns.connection[i]!;
  }

  private match(batch: PacketBatch, i: number): void {
    const number = batch.firstNumber + i;
    const wireLen = batch.wireLen[i]!;
    let matched = this.verdicts.packets.has(number);
    if (!matched) {
      const rule = this.ruleOf(batch, i);
      matched = rule !== 0;
      if (matched) this.tallies.packet(rule - 1, number, wireLen);
    }
    this.matched[i] = matched ? 1 : 0;
    this.bytes += wireLen;
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
    const row = this.quotes.rowOf(
      buf,
      columns.quotedStart[i]!,
      columns.quotedEnd[i]!,
      batch.tsMicros[i]!,
      this.newestId,
    );
    if (row === NO_FLOW) return 0;
    return this.verdicts.connectionRules.get(this.flows.words[(row << F.ROW_SHIFT) + F.ID]! >>> 0);
  }
}
