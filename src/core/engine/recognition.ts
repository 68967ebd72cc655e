import type { PacketBatch } from '../capture/packet-batch.js';
import { ClientAnswers } from '../classify/client-answers.js';
import { DnsAnswerCache } from '../classify/dns-answer-cache.js';
import { Handshakes } from '../classify/handshakes.js';
import { Labels } from '../classify/labels.js';
import { NameEviction } from '../classify/name-eviction.js';
import { RowAddresses } from '../classify/row-addresses.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import { FLOW_MORE_NAMES } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { FlowTotals } from '../flow/flow-totals.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { NameTable } from '../inspect/name-table.js';
import { PacketJudge } from '../policy/packet-judge.js';
import { NO_RULES } from '../policy/rule-set.js';
import { Verdicts } from '../policy/verdicts.js';
import { ConnectionReader } from '../report/connection-reader.js';
import { EndedRecords } from '../report/ended-records.js';
import { LargestConnections } from '../report/largest.js';
import { ReportBuilder } from '../report/report-builder.js';
import { DEFAULT_LIMITS, type Limits, type PipelineOptions } from './options.js';
import { PayloadInspection } from './payload-inspection.js';

/** The two halves of an analysis, whatever threads they run in. */
export interface Analysis {
  readonly totals: FlowTotals;
  readonly recognition: Recognition;
}

/**
 * The second half of the analysis: what is known of connections besides what their packets' headers say. Inspects,
 * names, judges and reports them. The first half, which finds the connection of each packet, tells it in the packets'
 * order of connections that begin, of their payload, and of connections that end; it hears nothing back.
 */
export class Recognition {
  readonly labels: Labels;
  readonly report: ReportBuilder;
  readonly largest: LargestConnections;
  readonly names: NameTable;
  readonly answers: DnsAnswerCache;
  /** Those that the run keeps to. */
  readonly limits: Limits;
  readonly inspection: PayloadInspection;
  /** Makes the record of a row. */
  readonly reader: ConnectionReader;
  /** Null without rules; so is the judge. */
  readonly verdicts: Verdicts | null;
  readonly judge: PacketJudge | null;
  private readonly clients: ClientAnswers;
  private readonly nameRoom: NameEviction;
  private readonly records: EndedRecords;

  /** `columns` are those of the packets that `inspect` is told of. */
  constructor(
    options: PipelineOptions,
    private readonly flows: FlowRows,
    addresses: AddressWords,
    columns: PacketColumns,
  ) {
    const { apps, seed, observer = null, rules = NO_RULES, rulesMayChange = false } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    this.limits = limits;
    this.names = new NameTable(limits.maxNames, seed);
    this.answers = new DnsAnswerCache(limits.dnsAnswers);
    const rowAddresses = new RowAddresses(flows, addresses, seed);
    this.clients = new ClientAnswers(flows, rowAddresses, this.answers);
    const labels = new Labels(flows, rowAddresses, this.names, apps);
    this.labels = labels;
    if (options.handshakes) labels.handshakes = new Handshakes();
    this.nameRoom = new NameEviction(flows, labels, this.answers, limits.maxNames);
    const isJudged = !rules.isEmpty || rulesMayChange;
    this.verdicts = isJudged ? new Verdicts(rules, flows, addresses, labels, apps, rulesMayChange) : null;
    this.judge =
      this.verdicts === null
        ? null
        : new PacketJudge(this.verdicts, flows, labels, columns, options.onVerdict, options.countPassed);
    // Somebody acts on labels before their connections end.
    const settlesEarly = this.verdicts !== null || options.onLabel !== undefined;
    this.inspection = new PayloadInspection(flows, columns, labels, this.clients, limits, observer, settlesEarly);
    this.reader = new ConnectionReader(flows, addresses, labels, apps, this.verdicts);
    this.report = new ReportBuilder(flows, labels, apps);
    this.largest = new LargestConnections(options.top);
    this.records = new EndedRecords(flows, this.reader, this.largest, options.onConnection, options.reusesRecord);
  }

  /** The connection `row` of the IP protocol `proto` begins: its row holds its key and who opened it, no more. */
  begun(row: number, proto: number): void {
    if (proto === TCP || proto === UDP) this.clients.recall(row);
    else this.labels.spoken(row << F.ROW_SHIFT, proto);
    this.verdicts?.begun(row);
  }

  /** Shows the payload of packet `i` of the batch, which belongs to the connection `row`. */
  inspect(batch: PacketBatch, i: number, row: number): void {
    this.inspection.inspect(batch, i, row);
  }

  /** The connection `row` ends: its row holds what was counted of it. */
  ended(row: number): void {
    this.inspection.end(row);
    this.labels.settle(row);
    this.judge?.ended(row);
    this.report.add(row);
    this.records.ended(row);
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.FLAGS]! & FLOW_MORE_NAMES) !== 0) this.labels.moreNames.drop(row);
    this.labels.handshakes?.delete(row);
  }

  /** A time to forget names that nothing refers to, if there are too many; between packets, now and then. */
  makeRoom(): void {
    if (this.nameRoom.make()) this.verdicts?.forgetNames();
  }
}
