import { TIMESTAMP_BACKWARDS } from '../common/anomaly.js';
import type { FlowTotals } from '../flow/flow-totals.js';
import type { RuleSet } from '../policy/rule-set.js';
import { ipv4Text, ipv6Text } from '../report/address-text.js';
import { unreadPackets } from '../report/hidden-tally.js';
import { hostRows, pairRows } from '../report/host-rows.js';
import { LIMIT_REACHED } from '../report/limit-words.js';
import { type InputRow, type ReportSummary, type RuleOrigin, SCHEMA_VERSION } from '../report/model.js';
import { anomalyCounts, groupPackets } from '../report/report-builder.js';
import { rulesReport } from '../report/rules-report.js';
import { limitsReached, passedByLimits } from './limits-reached.js';
import type { Analysis, Recognition } from './recognition.js';

/**
 * The report without its connections, once all of them have ended. `generator` names the program and its version;
 * `rules` are those that were applied, `origin` as in `rulesReport`; `topDomains` is how many names to list, those
 * with the most bytes: all that the limits allow unless given. The same holds for hosts and pairs.
 */
export function summarise(
  analysis: Analysis,
  inputs: InputRow[],
  generator: string,
  rules: RuleSet,
  origin: RuleOrigin | null,
  topDomains?: number,
): ReportSummary {
  const { totals, recognition } = analysis;
  const { report } = recognition;
  const droppedPackets = report.droppedPackets + (recognition.judge?.droppedLoose ?? 0);
  const { counters } = totals;
  const limits = limitsReached(analysis);
  const { selected } = report;
  // Packets in no connection are in no selection.
  const restPackets = selected === null ? totals.packets - report.attributedPackets : 0;
  const restBytes = selected === null ? totals.bytes - report.attributedBytes : 0;
  const rest = { packets: restPackets, bytes: restBytes };
  const { facts } = recognition;
  const top = topDomains ?? Number.POSITIVE_INFINITY;
  const apps = report.appRows(restPackets, restBytes);
  return {
    schema_version: SCHEMA_VERSION,
    generator,
    inputs,
    total_packets: totals.packets,
    total_bytes: totals.bytes,
    forwarded_packets: totals.packets - droppedPackets,
    dropped_packets: droppedPackets,
    tcp_packets: counters.tcp,
    udp_packets: counters.udp,
    other_ip_packets: counters.otherIp,
    non_ip_packets: counters.nonIp,
    first_seen: totals.packets === 0 ? null : totals.firstMicros / 1e6,
    last_seen: totals.packets === 0 ? null : totals.lastMicros / 1e6,
    total_connections: report.connections,
    blocked_connections: report.blockedConnections,
    selected,
    app_breakdown: Object.fromEntries(apps.map((row) => [row.app, row.packets])),
    app_group_breakdown: groupPackets(apps),
    apps,
    labels: report.tally.labelRows(restPackets, restBytes),
    protocols: report.tally.protocolRows(recognition.labels.protocols.names, restPackets, restBytes),
    hosts: facts?.hosts ? hostRows(facts.hosts, recognition.labels.rows, rest, top) : [],
    clients: facts?.hosts?.clients ?? null,
    pairs: facts?.pairs ? pairRows(facts.pairs, recognition.labels.rows, top) : [],
    timeline: recognition.facts?.timeline?.report() ?? null,
    unknown_reasons: report.reasonCounts(),
    domains_detected: report.domainRows(recognition.limits.maxDomainRows, topDomains),
    app_protocols: report.protocolCounts(),
    anomalies: anomalyCounts(counters.anomalies),
    anomaly_packets: anomalyCounts(counters.anomalyPackets),
    limits: Object.fromEntries(limits.map(({ name, count }) => [name, count])),
    techniques: recognition.techniques.rows(),
    duplicates: { packets: totals.copies.packets, bytes: totals.copies.bytes },
    unread: unreadPackets(totals.unread, totals.bytes),
    hidden: report.hidden.rows(totals.bytes),
    ...factsReport(recognition),
    rules: rulesReport(rules, recognition.verdicts?.tallies ?? null, origin),
    findings: [],
    warnings: [
      ...inputs.flatMap((row) => (row.damage === null ? [] : [`${row.name}: ${row.damage}`])),
      ...packetWarnings(totals),
      ...limits.map(({ sentence }) => LIMIT_REACHED + sentence),
      ...passedByLimits(analysis),
    ],
  };
}

/** The sums of what packets tell besides names; null where it was not measured. */
function factsReport({ facts }: Recognition): Pick<ReportSummary, 'quality' | 'dns' | 'tls' | 'quic'> {
  if (!facts?.quality || !facts.tls) return { quality: null, dns: null, tls: null, quic: null };
  return {
    quality: facts.quality.report(),
    dns: facts.quality.dnsReport({ ipv4: ipv4Text, ipv6: ipv6Text }),
    tls: facts.tls.report(),
    quic: facts.tls.quicReport(),
  };
}

/** Says where time stamps run backwards, and whether packets come twice; empty as a rule. */
export function packetWarnings({ counters, firstBackwards, copies }: FlowTotals): string[] {
  const warnings: string[] = [];
  const backwards = counters.anomalies[TIMESTAMP_BACKWARDS]!;
  if (backwards > 0) {
    warnings.push(`time stamps run backwards in ${packetsText(backwards)}, the first is number ${firstBackwards}`);
  }
  if (copies.within > 0) warnings.push(`${packetsText(copies.within)} came twice in the same VLAN or overlay network`);
  const across = copies.packets - copies.within;
  if (across > 0) {
    warnings.push(
      `${packetsText(across)} came twice, in two VLANs or overlay networks (--ignore-vlan counts one connection)`,
    );
  }
  return warnings;
}

function packetsText(count: number): string {
  return count === 1 ? '1 packet' : `${count} packets`;
}
