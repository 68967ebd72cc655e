import type { PacketBatch } from '../capture/packet-batch.js';
import { AddressApps } from '../classify/address-apps.js';
import type { AppTable } from '../classify/app-table.js';
import { CallEndpoints } from '../classify/call-endpoints.js';
import { CertificateLabels } from '../classify/certificate-labels.js';
import { ClientAnswers } from '../classify/client-answers.js';
import { DnsAnswerCache } from '../classify/dns-answer-cache.js';
import { EchNames } from '../classify/ech-names.js';
import { FindingLabels } from '../classify/finding-labels.js';
import { HandshakeVersions } from '../classify/handshake-versions.js';
import { Handshakes } from '../classify/handshakes.js';
import { Labels } from '../classify/labels.js';
import { LateLabels } from '../classify/late-labels.js';
import { NameEviction } from '../classify/name-eviction.js';
import { PacketNews } from '../classify/packet-news.js';
import { RowAddresses } from '../classify/row-addresses.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { Facts } from '../facts/facts.js';
import { FLOW_BLOCKED, FLOW_INSPECTED, FLOW_MORE_NAMES, FLOW_PAYLOADS } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { FlowTotals } from '../flow/flow-totals.js';
import type { KeyParts } from '../flow/key-parts.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { NameTable } from '../inspect/name-table.js';
import type { Techniques } from '../inspect/techniques.js';
import { PacketJudge } from '../policy/packet-judge.js';
import { NO_RULES } from '../policy/rule-set.js';
import { Verdicts } from '../policy/verdicts.js';
import { ConnectionReader } from '../report/connection-reader.js';
import { EndedRecords } from '../report/ended-records.js';
import type { InputFrames } from '../report/input-frames.js';
import { LargestConnections } from '../report/largest.js';
import { ReportBuilder } from '../report/report-builder.js';
import { DEFAULT_LIMITS, type Limits, type PipelineOptions } from './options.js';
import { PayloadInspection } from './payload-inspection.js';
import { SelectedRows } from './selected-rows.js';

/** Events without payload after which a connection is expected to bring none. */
const BARE_EVENTS = 8;

/** The two halves of an analysis, whatever threads they run in. */
export interface Analysis {
  readonly totals: FlowTotals;
  readonly recognition: Recognition;
}

/**
 * The second half of the analysis: everything known of connections besides what their packets' headers say. Inspects,
 * names, judges and reports them. The first half, which finds the connection of each packet, calls it in the packets'
 * order: `begun`, then `take` for each packet, then `ended`. Nothing goes back to the first half.
 */
export class Recognition {
  readonly labels: Labels;
  readonly report: ReportBuilder;
  /** Those of the table. */
  readonly largest: LargestConnections;
  readonly names: NameTable;
  readonly answers: DnsAnswerCache;
  /** Those that the run keeps to. */
  readonly limits: Limits;
  readonly inspection: PayloadInspection;
  /** Makes the record of a row. */
  readonly reader: ConnectionReader;
  readonly apps: AppTable;
  /** Null unless asked for. */
  readonly facts: Facts | null;
  /** Null with one input. */
  readonly frames: InputFrames | null;
  /** Null where the report is about all connections. */
  readonly selected: SelectedRows | null;
  /** Null without rules; so is the judge. */
  readonly verdicts: Verdicts | null;
  readonly judge: PacketJudge | null;
  /** What the packet at hand has shown; kept only with a judge. */
  readonly news = new PacketNews();
  private readonly clients: ClientAnswers;
  private readonly late: LateLabels;
  private readonly nameEviction: NameEviction;
  private readonly records: EndedRecords;

  /** `columns` are those of the packets that `take` takes. */
  constructor(
    options: PipelineOptions,
    private readonly flows: FlowRows,
    keys: KeyParts,
    private readonly columns: PacketColumns,
  ) {
    const { addresses } = keys;
    const { apps, seed, observer = null, rules = NO_RULES, rulesMayChange = false } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    const isJudged = !rules.isEmpty || rulesMayChange;
    const { news } = this;
    this.limits = limits;
    this.apps = apps;
    this.names = new NameTable(limits.maxNames, seed);
    this.answers = new DnsAnswerCache(limits.dnsAnswers);
    const rowAddresses = new RowAddresses(flows, addresses, seed);
    const isDetailed = options.handshakes === true;
    const handshakes = isDetailed ? new Handshakes() : null;
    const versions = !isDetailed && options.facts?.quality !== undefined ? new HandshakeVersions() : null;
    const labels = new Labels(flows, this.names, apps, isJudged ? news : null, handshakes, versions);
    const calls = new CallEndpoints(flows, rowAddresses);
    const { cnames } = labels;
    this.labels = labels;
    this.clients = new ClientAnswers(flows, rowAddresses, this.answers);
    this.late = new LateLabels(flows, labels, apps, calls, new AddressApps(rowAddresses, this.names, apps));
    this.nameEviction = new NameEviction(flows, labels, this.answers, cnames, limits.maxNames);
    const behaviour = {
      staysBlocked: rulesMayChange,
      followsCname: options.followCname,
      doubtsPorts: options.events === undefined,
    };
    this.verdicts = isJudged ? new Verdicts(rules, flows, addresses, labels, apps, behaviour) : null;
    news.unkeptNames = this.verdicts;
    this.judge =
      this.verdicts === null
        ? null
        : new PacketJudge(this.verdicts, flows, news, columns, options.onVerdict, options.countPassed);
    const echNames = new EchNames();
    const labelling = {
      labels,
      echNames,
      cnames,
      findings: new FindingLabels(flows, labels, apps, echNames),
      certificates: new CertificateLabels(flows, labels, apps),
      late: this.late,
      calls,
      clients: this.clients,
    };
    // Rules and `onLabel` act on labels before their connections end.
    const settlesEarly = isJudged || options.onLabel !== undefined;
    this.inspection = new PayloadInspection(flows, addresses, columns, labelling, { limits, observer, settlesEarly });
    const sources = {
      flows,
      addresses,
      columns,
      labels,
      apps,
      seed,
      maxHosts: limits.maxHosts,
      isPartial: options.selects !== undefined,
    };
    this.facts = options.facts === undefined ? null : new Facts(sources, options.facts);
    this.inspection.streamAnswers.facts = this.facts;
    this.inspection.uninspected.listener = this.judge;
    if (this.judge !== null) this.judge.uninspectedRows = this.inspection.uninspected;
    this.frames = options.frames ?? null;
    this.reader = new ConnectionReader(flows, keys, labels, apps, this.verdicts, {
      techniques: this.techniques,
      quality: this.facts?.quality?.connection ?? null,
      factRows: this.facts?.rows ?? null,
      frames: this.frames,
    });
    this.selected = options.selects === undefined ? null : new SelectedRows(this.reader, options.selects);
    this.report = new ReportBuilder(flows, labels, apps, this.selected !== null);
    this.largest = new LargestConnections(options.top, options.sort);
    this.records = new EndedRecords(flows, this.reader, this.largest, options.onConnection, options.reusesRecord);
  }

  /** What was done to hide connections from an observer, and how often. */
  get techniques(): Techniques {
    return this.inspection.techniques;
  }

  /**
   * The connection `row` of the IP protocol `proto` begins at `startMicros`. Of its row only the key and the opener
   * count: later packets of the batch may have changed the rest.
   */
  begun(row: number, proto: number, startMicros: number): void {
    if (proto === TCP || proto === UDP) this.clients.recall(row, startMicros);
    else this.labels.spoken(row, proto);
    this.facts?.begun(row);
    this.verdicts?.begun(row);
  }

  /** Inspects and judges packet `i` of the batch, which belongs to the connection `row`. */
  take(batch: PacketBatch, i: number, row: number): void {
    const { judge } = this;
    judge?.reset();
    if (this.columns.payloadWireLen[i] !== 0) this.inspection.payload(batch, i, row);
    else if ((this.columns.proto[i]! & 255) === TCP) this.inspection.bare(batch, i, row);
    this.facts?.packet(batch, i, row);
    judge?.packet(batch, i, row);
  }

  /** Takes packet `i` of the batch, which belongs to no connection. */
  takeLoose(batch: PacketBatch, i: number): void {
    this.facts?.loose(batch, i);
    this.judge?.loose(batch, i);
  }

  /**
   * Does the same for an event, whose source may name the host that the packet is to: `batch.buf[nameStart, nameEnd)`,
   * `nameStart` -1 for no name.
   */
  takeEvent(batch: PacketBatch, i: number, row: number, nameStart: number, nameEnd: number): void {
    const { judge, inspection } = this;
    judge?.reset();
    inspection.payload(batch, i, row);
    if (nameStart >= 0) this.labels.told(row, batch.buf, nameStart, nameEnd, batch.firstNumber + i);
    else if (this.isBare(row)) inspection.settled(row, this.columns.proto[i]! & 255);
    judge?.packet(batch, i, row);
  }

  /** The connection `row` ends: its row holds what was counted of it. */
  ended(row: number): void {
    this.judge?.reset();
    this.inspection.end(row);
    this.late.settle(row);
    this.judge?.ended(row);
    this.inspection.uninspected.ended(row, this.flows.hasFlag(row, FLOW_BLOCKED));
    this.facts?.settle(row);
    if (this.selected === null || this.selected.has(row)) {
      this.facts?.ended(row);
      this.report.add(row);
      this.records.ended(row);
    } else {
      this.facts?.leaveOut(row);
      this.report.leaveOut(row);
    }
    if (this.flows.hasFlag(row, FLOW_MORE_NAMES)) this.labels.moreNames.drop(row);
    this.labels.handshakes?.delete(row);
    this.labels.versions?.delete(row);
    this.inspection.techniques.drop(row);
  }

  /** A time to forget names that nothing refers to, if there are too many; between packets, now and then. */
  makeRoom(): void {
    if (this.nameEviction.make()) this.verdicts?.forgetNames();
  }

  /** The connection's events carry no payload, and have been enough to expect none. */
  private isBare(row: number): boolean {
    const { flows } = this;
    if (flows.hasFlag(row, FLOW_INSPECTED | FLOW_PAYLOADS)) return false;
    return flows.packetsFrom(row, 0) + flows.packetsFrom(row, 1) >= BARE_EVENTS;
  }
}
