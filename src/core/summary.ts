import { limitsReached } from './limits-reached.js';
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
  const droppedPackets = report.droppedPackets + (pipeline.judge?.droppedLoose ?? 0);
  const { counters } = decode;
  const limits = limitsReached(pipeline);
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
    domains_detected: report.domainRows(pipeline.limits.maxDomainRows),
    app_protocols: report.protocolCounts(),
    anomalies: anomalyCounts(counters.anomalies),
    limits: Object.fromEntries(limits.map(({ name, count }) => [name, count])),
    rules: rulesReport(rules, pipeline.verdicts?.tallies ?? null, store),
    findings: [],
    warnings: [
      ...inputs.flatMap((row) => (row.damage === null ? [] : [`${row.name}: ${row.damage}`])),
      ...limits.map(({ sentence }) => `limit reached: ${sentence}`),
    ],
  };
}
