import type { Pipeline } from './pipeline.js';
import type { RuleSet } from './policy/rule-set.js';
import { type InputRow, type ReportSummary, SCHEMA_VERSION } from './report/model.js';
import { anomalyCounts } from './report/report-builder.js';
import { rulesReport } from './report/rules-report.js';

/**
 * The report without its connections, once the pipeline is drained. `generator` names the program and its version; `rules`
 * are those that the pipeline applied, from `store` (as in RulesReport).
 */
export function summarise(
  pipeline: Pipeline,
  inputs: InputRow[],
  generator: string,
  rules: RuleSet,
  store: string | null,
): ReportSummary {
  const { report, decode } = pipeline;
  const droppedPackets = report.droppedPackets + pipeline.droppedFragments;
  const { counters } = decode;
  const apps = report.appRows(pipeline.packets - report.attributedPackets, pipeline.bytes - report.attributedBytes);
  return {
    schema_version: SCHEMA_VERSION,
    generator,
    inputs,
    total_packets: pipeline.packets,
    total_bytes: pipeline.bytes,
    forwarded_packets: pipeline.packets - droppedPackets,
    dropped_packets: droppedPackets,
    tcp_packets: counters.tcp,
    udp_packets: counters.udp,
    other_ip_packets: counters.otherIp,
    non_ip_packets: counters.nonIp,
    first_seen: pipeline.packets === 0 ? null : pipeline.firstMicros / 1e6,
    last_seen: pipeline.packets === 0 ? null : pipeline.lastMicros / 1e6,
    total_connections: report.connections,
    blocked_connections: report.blockedConnections,
    app_breakdown: Object.fromEntries(apps.map((row) => [row.app, row.packets])),
    apps,
    unknown_reasons: report.reasonCounts(),
    domains_detected: report.domainRows(),
    app_protocols: report.protocolCounts(),
    anomalies: anomalyCounts(counters.anomalies),
    limits: limitsReached(pipeline),
    rules: rulesReport(rules, pipeline.verdicts?.tallies ?? null, store),
    findings: [],
    warnings: inputs.flatMap((row) => (row.damage === null ? [] : [`${row.name}: ${row.damage}`])),
  };
}

/** What was left out because a bound was met, by name; only what occurred. */
function limitsReached(pipeline: Pipeline): Record<string, number> {
  const counts: [string, number][] = [
    ['connections_ended_early', pipeline.flows.evicted],
    ['names_not_kept', pipeline.names.refused],
    ['names_not_kept_of_a_connection', pipeline.labels.refusedNames],
    ['reassembly_refused', pipeline.streams.overflows],
    ['dns_answers_forgotten', pipeline.answers.evicted],
  ];
  return Object.fromEntries(counts.filter(([, n]) => n > 0));
}
