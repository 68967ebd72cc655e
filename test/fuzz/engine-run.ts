import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import type { AppTable } from '../../src/core/classify/app-table.js';
import { type Limits, Pipeline } from '../../src/core/engine/pipeline.js';
import type { Analysis } from '../../src/core/engine/recognition.js';
import { summarise } from '../../src/core/engine/summary.js';
import { NO_FLOW, PASSED, type PacketColumns } from '../../src/core/flow/packet-columns.js';
import { NO_RULES, type RuleSet } from '../../src/core/policy/rule-set.js';
import type { ConnectionRecord, ReportSummary } from '../../src/core/report/model.js';
import { jsonFormat } from '../../src/render/json.js';
import type { ReportFormat } from '../../src/render/report-format.js';
import type { Prng } from '../forge/prng.js';
import { check } from './broken-invariant.js';

/** Small, so that a mutated capture of a few hundred packets meets every one of them. */
export const TIGHT_LIMITS: Limits = {
  maxConnections: 16,
  maxReassemblyLen: 40_000,
  maxNames: 8,
  dnsAnswers: 64,
  maxDatagramStates: 2,
  maxStreams: 4,
  maxFragmentLen: 6_000,
  maxDomainRows: 5,
  maxHosts: 3,
};

/** Wide enough never to be met. */
export const WIDE_LIMITS: Limits = {
  maxConnections: 1 << 12,
  maxReassemblyLen: 64 << 20,
  maxNames: 1 << 16,
  dnsAnswers: 1 << 14,
  maxDatagramStates: 1 << 12,
  maxStreams: 1 << 12,
  maxFragmentLen: 16 << 20,
  maxDomainRows: 1 << 16,
  maxHosts: 1 << 12,
};

export interface EngineSetting {
  readonly apps: AppTable;
  readonly limits: Limits;
  readonly hashSeed: number;
  /** Says how long the next piece is in which the capture arrives; null for as much as there is room. */
  readonly chunks: (() => number) | null;
  readonly rules: RuleSet | null;
}

/**
 * Runs the engine over a capture in memory, checks what must hold on the way, and returns the report as `--json` has
 * it.
 */
export function runEngine(bytes: Buffer, setting: EngineSetting): string {
  const { apps, limits } = setting;
  const rules = setting.rules ?? NO_RULES;
  const records: ConnectionRecord[] = [];
  let text = '';
  const format = jsonFormat((part) => {
    text += part;
  });
  const pipeline = new Pipeline({
    apps,
    limits,
    seed: setting.hashSeed,
    rules,
    handshakes: true,
    top: 3,
    facts: { timeline: true, hosts: 'details', pairs: true },
    onConnection: (record) => {
      records.push(record);
      format.connection(record);
    },
  });
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const walk = { packets: 0, wireBytes: 0, dropped: 0, at: 0 };
  let given = 0;
  for (let atEnd = false; ; ) {
    while (stream.nextBatch(batch)) {
      checkBatch(batch, walk, given);
      pipeline.run(batch);
      checkColumns(pipeline.columns, batch, walk, rules);
      check(pipeline.flows.size <= limits.maxConnections, 'more connections in the table than allowed');
      check(
        pipeline.recognition.inspection.pool.lentLen <= limits.maxReassemblyLen,
        'more bytes in reassembly than allowed',
      );
      check(
        pipeline.recognition.inspection.streams.inProgress <= limits.maxStreams,
        'more streams in progress than allowed',
      );
      check(
        pipeline.recognition.inspection.datagrams.inProgress <= limits.maxDatagramStates,
        'more handshakes in progress than allowed',
      );
      check(pipeline.recognition.names.used <= limits.maxNames, 'more names kept than allowed');
    }
    if (atEnd || stream.stopped) break;
    if (given === bytes.length) {
      atEnd = true;
      stream.end();
    } else {
      const room = stream.space().room;
      check(room > 0, 'no room for more bytes');
      const len = setting.chunks === null ? room : setting.chunks();
      const pushed = stream.push(bytes.subarray(given, given + Math.min(len, bytes.length - given)));
      check(pushed > 0, 'a chunk was not taken');
      given += pushed;
    }
  }
  for (let steps = 0; pipeline.drain(7); steps++) check(steps < 1 << 20, 'the drain does not end');
  const summary = finishReport(format, pipeline, stream, bytes.length, rules);
  check(walk.packets === stream.packets, 'the stream counts other packets than it delivers');
  checkSummary(summary, walk);
  checkRecords(records, summary, pipeline);
  check(
    pipeline.recognition.inspection.pool.lentLen === 0,
    `${pipeline.recognition.inspection.pool.lentLen} bytes of reassembly are still lent at the end`,
  );
  check(
    pipeline.recognition.inspection.datagrams.inProgress === 0,
    `${pipeline.recognition.inspection.datagrams.inProgress} handshakes are still in progress at the end`,
  );
  check(pipeline.recognition.labels.moreNames.size === 0, 'names of ended connections are kept');
  check(pipeline.fragments.bytesHeld >= 0 && pipeline.fragments.inProgress >= 0, 'the fragment table lost count');
  JSON.parse(text);
  return text;
}

function finishReport(
  format: ReportFormat,
  analysis: Analysis,
  stream: CaptureStream,
  totalLen: number,
  rules: RuleSet,
): ReportSummary {
  const damage = stream.finish({ totalLen, compression: null, damage: null });
  const row = {
    name: 'fuzz',
    format: stream.format,
    compression: null,
    packets: stream.packets,
    bytes: analysis.totals.bytes,
    damage: damage === null ? null : damage.message,
  };
  const summary = summarise(analysis, [row], 'dpi', rules, null);
  format.finish({ summary, topConnections: analysis.recognition.largest.sorted() });
  return summary;
}

/** Chunks of all sizes from a byte to 256 KiB. */
export function anyChunks(prng: Prng): () => number {
  return () => (prng.chance(0.3) ? prng.between(1, 64) : prng.between(1, 1 << prng.between(4, 18)));
}

interface Walk {
  packets: number;
  wireBytes: number;
  dropped: number;
  /** Offset in the input behind the last batch. */
  at: number;
}

/** Batches cover the input without gap or overlap, and their rows lie in them in order. */
function checkBatch(batch: PacketBatch, walk: Walk, given: number): void {
  check(batch.baseOffset + batch.start === walk.at, 'a batch does not begin where the last one ended');
  walk.at = batch.baseOffset + batch.end;
  check(walk.at <= given && batch.end <= batch.buf.length, 'a batch ends behind the bytes given');
  check(batch.firstNumber === walk.packets + 1, 'a batch has the wrong packet number');
  let at = batch.start;
  for (let i = 0; i < batch.count; i++) {
    const rawStart = batch.rawStart[i]!;
    const frameStart = batch.frameStart[i]!;
    const frameEnd = batch.frameEnd[i]!;
    const rawEnd = batch.rawEnd[i]!;
    check(at <= rawStart && rawStart <= frameStart && frameStart <= frameEnd, 'a record begins outside its batch');
    check(frameEnd <= rawEnd && rawEnd <= batch.end, 'a record ends outside its batch');
    check(batch.wireLen[i]! >= 0 && Number.isFinite(batch.tsMicros[i]!), 'a record has no length or time');
    walk.wireBytes += batch.wireLen[i]!;
    at = rawEnd;
  }
  walk.packets += batch.count;
}

function checkColumns(columns: PacketColumns, batch: PacketBatch, walk: Walk, rules: RuleSet): void {
  check(columns.count === batch.count, 'columns and batch differ');
  for (let i = 0; i < batch.count; i++) {
    if (columns.dropped[i] !== PASSED) {
      walk.dropped++;
      check(rules.isBlock(columns.rule[i]!), 'a packet is dropped by no block rule');
    }
    if (columns.flow[i] === NO_FLOW) continue;
    const buf = columns.buffers[columns.bufIndex[i]!];
    check(buf !== undefined, 'a packet has no buffer');
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    check(0 <= start && start <= end && end <= buf!.length, 'a payload lies outside its buffer');
    if (columns.bufIndex[i] === 0) {
      check(start >= batch.frameStart[i]! && end <= batch.frameEnd[i]!, 'a payload lies outside its frame');
    }
    check(columns.payloadWireLen[i]! >= end - start, 'a payload is shorter on the wire than in the capture');
  }
}

function checkSummary(summary: ReportSummary, walk: Walk): void {
  const total = summary.total_packets;
  check(total === walk.packets, 'total_packets differs from the records walked');
  check(summary.total_bytes === walk.wireBytes, 'total_bytes differs from the records walked');
  check(summary.forwarded_packets + summary.dropped_packets === total, 'forwarded and dropped do not add up');
  check(summary.dropped_packets === walk.dropped, 'dropped_packets differs from the packets dropped');
  check(sum(Object.values(summary.app_breakdown)) === total, 'app_breakdown does not add up');
  check(sum(summary.apps.map((row) => row.bytes)) === summary.total_bytes, 'bytes of apps do not add up');
  const kinds = summary.tcp_packets + summary.udp_packets + summary.other_ip_packets + summary.non_ip_packets;
  check(kinds === total, 'kinds of packets do not add up');
  check(sum(summary.apps.map((row) => row.connections)) === summary.total_connections, 'connections do not add up');
  const unknown = summary.apps.find((row) => row.app === 'UNKNOWN')?.connections ?? 0;
  check(sum(Object.values(summary.unknown_reasons)) === unknown, 'reasons do not add up');
  for (const rows of [summary.labels, summary.protocols]) {
    check(sum(rows.map((row) => row.packets)) === total, 'packets of labels or protocols do not add up');
    check(sum(rows.map((row) => row.bytes)) === summary.total_bytes, 'bytes of labels or protocols do not add up');
  }
  const { hosts, timeline } = summary;
  check(sum(hosts.map((row) => row.packets_out)) === total, 'packets from hosts do not add up');
  check(sum(hosts.map((row) => row.packets_in)) === total, 'packets to hosts do not add up');
  check(sum(hosts.map((row) => row.bytes_out)) === summary.total_bytes, 'bytes from hosts do not add up');
  check(sum(hosts.map((row) => row.bytes_in)) === summary.total_bytes, 'bytes to hosts do not add up');
  check(sum(timeline?.total.packets ?? []) === total, 'packets of the timeline do not add up');
  check(sum(timeline?.total.bytes ?? []) === summary.total_bytes, 'bytes of the timeline do not add up');
  check(sum(timeline?.ended ?? []) === summary.total_connections, 'connections of the timeline do not add up');
  checkNumbers(summary, '');
}

function checkRecords(records: readonly ConnectionRecord[], summary: ReportSummary, pipeline: Pipeline): void {
  check(records.length === summary.total_connections, 'connections reported differ from those counted');
  check(new Set(records.map((record) => record.id)).size === records.length, 'an id occurs twice');
  const inConnections = sum(records.map((record) => record.packets));
  check(
    inConnections + pipeline.decode.counters.unattributed === summary.total_packets,
    'a packet is lost or counted twice',
  );
  check(records.filter((record) => record.blocked).length === summary.blocked_connections, 'blocked differs');
  for (const record of records) {
    check(record.packets === record.packets_out + record.packets_in && record.packets > 0, 'directions do not add up');
    check(record.bytes === record.bytes_out + record.bytes_in, 'bytes of directions do not add up');
    check(record.first_seen <= record.last_seen, 'a connection ends before it begins');
    check(record.passed_packets >= 0 && record.passed_packets <= record.packets, 'more packets passed than came');
    check((record.domain === null) === (record.domains.length === 0), 'domain and domains differ');
    check(
      (record.app === 'UNKNOWN') === (record.unknown_reason !== null),
      'an unknown app has no reason, or a known one has',
    );
    const proof = record.evidence_packet;
    check(proof === null || (proof >= 1 && proof <= summary.total_packets), 'the evidence packet does not exist');
    checkNumbers(record, '');
  }
}

/** No NaN, no infinity, no undefined: JSON has none of them. */
function checkNumbers(value: unknown, path: string): void {
  if (typeof value === 'number') check(Number.isFinite(value), `${path} is ${value}`);
  else if (value === undefined) check(false, `${path} is undefined`);
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) checkNumbers(member, `${path}.${key}`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
