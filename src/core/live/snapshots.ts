import type { AppTable } from '../classify/app-table.js';
import { confidenceWord, detectedBy, EVIDENCE_DNS } from '../classify/evidence.js';
import type { Pipeline } from '../engine/pipeline.js';
import { FLOW_BLOCKED } from '../flow/flow-flags.js';
import { NO_RULES } from '../policy/rule-set.js';
import { rulesReport } from '../report/rules-report.js';
import type { LiveApp, LiveConnection, LiveDomain, LiveSnapshot, SnapshotOptions } from './live-model.js';
import { OpenSelection } from './open-selection.js';
import { RateMeter } from './rate-meter.js';
import { TopIds } from './top-ids.js';

const PACKETS = 0;
const BYTES = 1;
/** The total may follow at once; lists ordered by rate should not jump. */
const TRAFFIC_HALF_LIFE_MS = 1000;
const HALF_LIFE_MS = 3000;

/**
 * Snapshots of a pipeline's traffic. Each walks over the flow table and adds the open connections to the sums of the
 * ended ones. Costs no time between two snapshots, and memory in proportion to the tables.
 */
export class Snapshots {
  private readonly traffic = new RateMeter(TRAFFIC_HALF_LIFE_MS);
  private readonly appRates = new RateMeter(HALF_LIFE_MS);
  private readonly names = new RateMeter(HALF_LIFE_MS);
  private readonly rows = new RateMeter(HALF_LIFE_MS);
  /** Id of the connection that `rows` has the bytes of, by row. */
  private rowIds = new Uint32Array(0);
  /** By NameTable id: sums of the open connections, evidence of the last one, its blocking rule + 1. */
  private nameConnections = new Float64Array(0);
  private nameBytes = new Float64Array(0);
  private nameEvidence = new Int32Array(0);
  private nameRule = new Int32Array(0);
  private readonly appConnections: Float64Array;
  private readonly appPackets: Float64Array;
  private readonly appBytes: Float64Array;
  /** Null where all connections are shown. */
  private readonly selected: OpenSelection | null;
  private forgotten = 0;
  private hasNewIds = false;
  private rules = NO_RULES;
  private lastMs: number;
  private open = 0;
  private openBlocked = 0;
  private openDropped = 0;

  /** `nowMs` is a time of the clock that `take` uses too. */
  constructor(
    private readonly pipeline: Pipeline,
    private readonly apps: AppTable,
    nowMs: number,
  ) {
    this.lastMs = nowMs;
    const { selected } = pipeline.recognition;
    this.selected = selected === null ? null : new OpenSelection(selected);
    const { appBytes } = pipeline.recognition.report;
    this.appConnections = new Float64Array(appBytes.length);
    this.appPackets = new Float64Array(appBytes.length);
    this.appBytes = new Float64Array(appBytes.length);
    this.appRates.reach(appBytes.length);
  }

  /** Call it between two batches. */
  take(nowMs: number, wish: SnapshotOptions): LiveSnapshot {
    const { pipeline } = this;
    const { report, verdicts } = pipeline.recognition;
    const elapsedMs = nowMs - this.lastMs;
    this.lastMs = nowMs;
    for (const meter of [this.traffic, this.appRates, this.names, this.rows]) meter.elapsed(elapsedMs);
    this.traffic.update(PACKETS, pipeline.packets);
    this.traffic.update(BYTES, pipeline.bytes);
    this.forgetChanged();
    const byTotal = wish.order === 'total';
    const busiest = this.walk(new TopIds(wish.connections), byTotal);
    const apps = this.appRows(byTotal);
    return {
      packets: pipeline.packets,
      bytes: pipeline.bytes,
      packetsPerSecond: this.traffic.rates[PACKETS]!,
      bytesPerSecond: this.traffic.rates[BYTES]!,
      connections: report.connections + this.open,
      openConnections: this.open,
      blockedConnections: report.blockedConnections + this.openBlocked,
      droppedPackets: report.droppedPackets + this.openDropped + (pipeline.recognition.judge?.droppedLoose ?? 0),
      apps: apps.slice(0, wish.apps),
      appCount: apps.length,
      domains: this.domainRows(new TopIds(wish.domains), byTotal),
      domainCount: report.domainCount(Number.POSITIVE_INFINITY),
      busiest: this.connectionRows(busiest),
      rules: rulesReport(verdicts?.rules ?? NO_RULES, verdicts?.tallies ?? null, null),
    };
  }

  /**
   * Names may have been forgotten, their ids given to others; rules may have been replaced, and their numbers with
   * them.
   */
  private forgetChanged(): void {
    const { names, verdicts } = this.pipeline.recognition;
    const rules = verdicts?.rules ?? NO_RULES;
    this.hasNewIds = names.forgotten !== this.forgotten;
    if (this.hasNewIds) this.nameEvidence.fill(0);
    if (this.hasNewIds || rules !== this.rules) this.nameRule.fill(0);
    this.forgotten = names.forgotten;
    this.rules = rules;
  }

  /** Sums up the open connections by app and by name, and finds the busiest. */
  private walk(busiest: TopIds, byTotal: boolean): TopIds {
    const { flows, recognition } = this.pipeline;
    const { labels, verdicts } = recognition;
    const { selected } = this;
    const { rowsInUse } = flows;
    this.reachRows(rowsInUse);
    this.reachNames(labels.names.size + 1);
    this.open = 0;
    this.openBlocked = 0;
    this.openDropped = 0;
    for (let row = 0; row < rowsInUse; row++) {
      if (!flows.isInUse(row)) continue;
      const packets = flows.packetsOf(row);
      const bytes = flows.bytesOf(row);
      const app = flows.appOf(row);
      const dropped = flows.droppedPacketsOf(row);
      const blocked = dropped !== 0 || flows.hasFlag(row, FLOW_BLOCKED);
      this.open++;
      this.openDropped += dropped;
      if (blocked) this.openBlocked++;
      if (selected !== null && !selected.has(row, flows.idOf(row), packets)) continue;
      this.appConnections[app]!++;
      this.appPackets[app]! += packets;
      this.appBytes[app]! += bytes;
      const name = flows.nameOf(row);
      if (name !== 0) {
        this.nameConnections[name]!++;
        this.nameBytes[name]! += bytes;
        const evidence = flows.evidenceOf(row);
        // A connection to the name says more about it than a question for it.
        if ((evidence & 255) !== EVIDENCE_DNS || this.nameEvidence[name] === 0) this.nameEvidence[name] = evidence;
        if (blocked && verdicts !== null && verdicts.rules === this.rules)
          this.nameRule[name] = verdicts.ruleOf(row) + 1;
      }
      const id = flows.idOf(row);
      if (this.rowIds[row] !== id) {
        this.rowIds[row] = id;
        this.rows.restart(row, 0);
      }
      this.rows.update(row, bytes);
      if (byTotal) busiest.offer(row, bytes, flows.lastMicrosOf(row));
      else busiest.offer(row, this.rows.rates[row]!, flows.lastMicrosOf(row));
    }
    return busiest;
  }

  private appRows(byTotal: boolean): LiveApp[] {
    const { apps } = this;
    const { packets, bytes, recognition } = this.pipeline;
    const { report } = recognition;
    const rest = report.isPartial
      ? { packets: this.appPackets[0]!, bytes: this.appBytes[0]! }
      : { packets: packets - report.attributedPackets, bytes: bytes - report.attributedBytes };
    const list: LiveApp[] = [];
    for (let id = this.appBytes.length - 1; id >= 0; id--) {
      // Packets in no connection count as unknown, unless the report is about some connections only.
      const own = { packets: this.appPackets[id]!, bytes: this.appBytes[id]! };
      if (id !== 0 && !report.isPartial) {
        rest.packets -= own.packets;
        rest.bytes -= own.bytes;
      }
      const total = report.appBytes[id]! + (id === 0 ? rest.bytes : own.bytes);
      this.appRates.update(id, total);
      const packetTotal = report.appPackets[id]! + (id === 0 ? rest.packets : own.packets);
      if (packetTotal === 0) continue;
      list.push({
        app: apps.nameOf(id),
        connections: report.appConnections[id]! + this.appConnections[id]!,
        packets: packetTotal,
        bytes: total,
        bytesPerSecond: this.appRates.rates[id]!,
      });
    }
    this.appConnections.fill(0);
    this.appPackets.fill(0);
    this.appBytes.fill(0);
    const firstBy = (row: LiveApp) => (byTotal ? row.bytes : row.bytesPerSecond);
    return list.sort((a, b) => firstBy(b) - firstBy(a) || b.bytes - a.bytes || (a.app < b.app ? -1 : 1));
  }

  private domainRows(top: TopIds, byTotal: boolean): LiveDomain[] {
    const { apps } = this;
    const { names, labels } = this.pipeline.recognition;
    for (let id = 1; id <= names.size; id++) {
      const bytes = names.bytesOf(id) + this.nameBytes[id]!;
      // An id may stand for another name than the last time.
      if (this.hasNewIds) this.names.restart(id, bytes);
      else this.names.update(id, bytes);
      if (bytes > 0) top.offer(id, byTotal ? bytes : this.names.rates[id]!, bytes);
    }
    const rows: LiveDomain[] = [];
    for (let n = 0; n < top.count; n++) {
      const id = top.ids[n]!;
      const entry = labels.entryOf(id);
      const rule = this.nameRule[id]! - 1;
      rows.push({
        domain: names.text(id),
        app: apps.nameOf(entry < 0 ? 0 : apps.appOf(entry)),
        detectedBy: detectedBy(this.nameEvidence[id]!),
        confidence: confidenceWord(this.nameEvidence[id]!),
        connections: names.connectionsOf(id) + this.nameConnections[id]!,
        bytes: names.bytesOf(id) + this.nameBytes[id]!,
        bytesPerSecond: this.names.rates[id]!,
        blockedBy: rule < 0 ? null : this.rules.ruleId(rule),
      });
    }
    this.nameConnections.fill(0);
    this.nameBytes.fill(0);
    return rows;
  }

  private connectionRows(busiest: TopIds): LiveConnection[] {
    const rows: LiveConnection[] = [];
    for (let n = 0; n < busiest.count; n++) {
      const row = busiest.ids[n]!;
      rows.push({ record: this.pipeline.recognition.reader.read(row), bytesPerSecond: this.rows.rates[row]! });
    }
    return rows;
  }

  private reachRows(len: number): void {
    this.rows.reach(len);
    if (len <= this.rowIds.length) return;
    const larger = new Uint32Array(Math.max(len, this.rowIds.length * 2));
    larger.set(this.rowIds);
    this.rowIds = larger;
  }

  private reachNames(len: number): void {
    this.names.reach(len);
    if (len <= this.nameBytes.length) return;
    const larger = Math.max(len, this.nameBytes.length * 2);
    this.nameConnections = new Float64Array(larger);
    this.nameBytes = new Float64Array(larger);
    const evidence = new Int32Array(larger);
    evidence.set(this.nameEvidence);
    this.nameEvidence = evidence;
    const rule = new Int32Array(larger);
    rule.set(this.nameRule);
    this.nameRule = rule;
  }
}
