import { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import { detectedBy } from '../classify/evidence.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { EventFeed, Limits } from '../engine/options.js';
import { DEFAULT_LIMITS, Pipeline } from '../engine/pipeline.js';
import { summarise } from '../engine/summary.js';
import { DEFAULT_TIMEOUTS, type FlowTimeouts } from '../flow/flow-timeouts.js';
import { IPV6_BIT, PASSED } from '../flow/packet-columns.js';
import { NO_RULES, type RuleSet } from '../policy/rule-set.js';
import type { ReportSummary, RuleOrigin } from '../report/model.js';
import { ConnectionLog, type ConnectionPage } from './connection-log.js';
import { base64Len, EventReader } from './event-reader.js';
import type { Decision, EventError } from './packet-event.js';
import { TrafficTotals } from './traffic-totals.js';

const INITIAL_LEN = 1 << 16;

export interface IngestOptions {
  readonly apps: AppTable;
  /** Secret of the hash tables, against prepared collisions. Does not affect any result. */
  readonly seed: number;
  /** Rules to begin with; none by default. */
  readonly rules?: RuleSet;
  readonly limits?: Limits;
  readonly timeouts?: FlowTimeouts;
  /** Ended connections kept for `connections`; none by default. */
  readonly keepEnded?: number;
}

/**
 * Decides packets that arrive one by one as events. Each goes through the same pipeline as packets of captures, in
 * order of arrival, and gets its decision at once. Pure: the caller passes the time.
 */
export class IngestEngine {
  readonly totals: TrafficTotals;
  readonly pipeline: Pipeline;
  private readonly seed: number;
  private readonly reader = new EventReader();
  private readonly batch = new PacketBatch();
  private readonly feed: DecisionFeed;
  private readonly log: ConnectionLog;
  private buf: Buffer = Buffer.allocUnsafeSlow(INITIAL_LEN);

  constructor(options: IngestOptions) {
    const { apps, seed, rules = NO_RULES, limits = DEFAULT_LIMITS, timeouts = DEFAULT_TIMEOUTS } = options;
    const keepEnded = options.keepEnded ?? 0;
    this.seed = seed;
    this.feed = new DecisionFeed(apps, this.batch);
    this.pipeline = new Pipeline({
      apps,
      seed,
      rules,
      limits,
      timeouts,
      rulesMayChange: true,
      events: this.feed,
      handshakes: keepEnded > 0,
      onVerdict: (row) => this.totals.ended(row),
      onConnection: keepEnded > 0 ? (connection) => this.log.add(connection) : undefined,
      top: 0,
    });
    this.totals = new TrafficTotals(this.pipeline.flows, apps);
    this.log = new ConnectionLog(this.pipeline.flows, this.pipeline.recognition.reader, keepEnded);
    this.feed.attach(this.pipeline, this.totals);
    this.batch.firstNumber = 0;
  }

  /**
   * Judges one event (see PacketEvent; anything else gives an EventError and counts nowhere). `arrivalMicros`, since
   * the epoch, is the time of an event without a time stamp. The decision is valid until the next call.
   */
  ingest(event: unknown, arrivalMicros: number): Decision | EventError {
    const { reader, batch, pipeline } = this;
    const problem = reader.read(event) ?? this.takePayload();
    if (problem !== null) return { error: problem };
    this.takeDomain();
    this.fillKey();
    batch.count = 1;
    batch.firstNumber++;
    batch.tsMicros[0] = Number.isNaN(reader.tsMicros) ? arrivalMicros : reader.tsMicros;
    batch.wireLen[0] = reader.size;
    const { counters } = pipeline.decode;
    if (reader.protocol === TCP) counters.tcp++;
    else if (reader.protocol === UDP) counters.udp++;
    else counters.otherIp++;
    pipeline.runColumns(batch);
    return this.feed.decision;
  }

  /** Replaces the rules. They decide each connection that is not blocked from its next event on. */
  replaceRules(rules: RuleSet): void {
    this.pipeline.replaceRules(rules);
  }

  /** A page of connections in progress and kept ones, newest first; `before` is the `next` of the previous page. */
  connections(limit: number, before?: number): ConnectionPage {
    return this.log.page(limit, before);
  }

  /** Number of connections that `connections` lists. */
  get listedConnections(): number {
    return this.log.size;
  }

  /** Connections in progress. */
  get openConnections(): number {
    return this.pipeline.flows.size;
  }

  /** All connections so far, those in progress included. */
  get totalConnections(): number {
    return this.pipeline.recognition.report.connections + this.openConnections;
  }

  /**
   * Ends all connections and sums up; the engine accepts no more events then. `generator` and `origin` are those of
   * `summarise`.
   */
  end(generator: string, origin: RuleOrigin | null): ReportSummary {
    this.pipeline.drain(Number.POSITIVE_INFINITY);
    this.log.finish();
    return summarise(this.pipeline, [], generator, this.pipeline.recognition.verdicts!.rules, origin);
  }

  /** Copies the payload to the front of the buffer. */
  private takePayload(): string | null {
    const { payload } = this.reader;
    const { columns } = this.pipeline;
    columns.payloadStart[0] = 0;
    let len = 0;
    if (typeof payload === 'string') {
      len = base64Len(payload);
      if (len < 0) return `'payload' is no base64: its length is none`;
      this.reserve(len);
      // Decoding skips bytes that are no base64, so the length tells.
      if (this.buf.write(payload, 0, len, 'base64') !== len) return `'payload' is no base64`;
    } else if (payload !== null) {
      len = payload.length;
      this.reserve(len);
      this.buf.set(payload, 0);
    }
    columns.payloadEnd[0] = len;
    columns.payloadWireLen[0] = len;
    return null;
  }

  private takeDomain(): void {
    const { domain } = this.reader;
    const { nameStart, nameEnd } = this.feed;
    nameStart[0] = -1;
    if (domain === '') return;
    const at = this.pipeline.columns.payloadEnd[0]!;
    this.reserve(at + domain.length);
    this.buf.write(domain, at, 'latin1');
    nameStart[0] = at;
    nameEnd[0] = at + domain.length;
  }

  /** Fills the columns as the decode stage does for a frame. */
  private fillKey(): void {
    const { reader, seed } = this;
    const { columns, addresses } = this.pipeline;
    const { isV6, srcPort, dstPort } = reader;
    const src = isV6 ? addresses.intern(reader.src, 0) : reader.src.readInt32BE(0);
    const dst = isV6 ? addresses.intern(reader.dst, 0) : reader.dst.readInt32BE(0);
    const proto = isV6 ? reader.protocol | IPV6_BIT : reader.protocol;
    columns.setKey(0, src, dst, (srcPort << 16) | dstPort, proto, seed);
    columns.tcpFlags[0] = 0;
    columns.fragmentGroup[0] = 0;
    columns.quotedStart[0] = -1;
    columns.quotedEnd[0] = -1;
    columns.bufIndex[0] = 0;
    columns.buffers[0] = this.buf;
    columns.count = 1;
    this.batch.buf = this.buf;
  }

  /** Makes room for `len` bytes; what is in the buffer stays. */
  private reserve(len: number): void {
    if (len <= this.buf.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(len, this.buf.length * 2));
    this.buf.copy(larger);
    this.buf = larger;
  }
}

/** Hands names in, and records each decision at once: later events may change the connection. */
class DecisionFeed implements EventFeed {
  readonly nameStart = new Int32Array(1);
  readonly nameEnd = new Int32Array(1);
  /** One instance for all events. */
  readonly decision: Decision = {
    decision: 'forward',
    app: '',
    domain: null,
    detected_by: null,
    blocked_by: null,
    connection: 0,
  };
  private pipeline!: Pipeline;
  private totals!: TrafficTotals;

  constructor(
    private readonly apps: AppTable,
    private readonly batch: PacketBatch,
  ) {}

  attach(pipeline: Pipeline, totals: TrafficTotals): void {
    this.pipeline = pipeline;
    this.totals = totals;
  }

  decided(i: number, row: number): void {
    const { decision, apps } = this;
    const { columns, flows, recognition } = this.pipeline;
    const { labels, names, news } = recognition;
    const dropped = columns.dropped[i] !== PASSED;
    this.totals.packet(row, columns.starts[i] !== 0, this.batch.wireLen[i]!, dropped);
    const source = detectedBy(flows.evidenceOf(row));
    let app = flows.appOf(row);
    let name = flows.nameOf(row);
    if (source === 'dns' && news.nameCount > 0) {
      name = news.nameAt(0);
      app = apps.appOf(labels.entryOf(name));
    }
    decision.decision = dropped ? 'drop' : 'forward';
    decision.app = apps.nameOf(app);
    decision.domain = name === 0 ? null : names.text(name);
    decision.detected_by = source;
    decision.blocked_by = dropped ? this.pipeline.recognition.verdicts!.rules.ruleId(columns.rule[i]!) : null;
    decision.connection = flows.idOf(row);
  }
}
