import type {
  AppRow,
  DomainRow,
  HiddenConnections,
  HostName,
  HostRow,
  InputRow,
  LabelRow,
  ProtocolRow,
  ReportSummary,
  TimelineReport,
  UnreadPackets,
} from '../../core/report/model.js';
import { added, largestFirst, RowSums, weightedMean } from './add-rows.js';
import { mergedTimeline } from './merged-timeline.js';

type QualitySummary = NonNullable<ReportSummary['quality']>;
type DnsSummary = NonNullable<ReportSummary['dns']>;
type TlsSummary = NonNullable<ReportSummary['tls']>;
type CertificateRow = TlsSummary['certificates'][number];

const OTHER = 'other';
const MAX_HOSTS = 1 << 16;
const MAX_NAMES = 1 << 17;
const MAX_HOST_NAMES = 4;
const MAX_HOST_LABELS = 32;
const MAX_FINGERPRINTS = 20;
const MAX_CERTIFICATES = 100;
/** Inputs that are listed, damaged ones first, and warnings. */
const MAX_INPUTS = 1000;
const MAX_WARNINGS = 50;
/** Timelines that are kept before they are put together: one may take 100 kB, and a run may have 20,000 streams. */
const MAX_TIMELINES = 256;

/** Sums that one summary has and another one of the same kind adds to. */
const COUNTED = [
  'total_packets',
  'total_bytes',
  'forwarded_packets',
  'dropped_packets',
  'tcp_packets',
  'udp_packets',
  'other_ip_packets',
  'non_ip_packets',
  'total_connections',
  'blocked_connections',
  'app_breakdown',
  'app_group_breakdown',
  'unknown_reasons',
  'app_protocols',
  'anomalies',
  'limits',
  'duplicates',
] as const;

/**
 * Adds up the summaries of many streams to one as of a single capture. A host that several streams have is one row.
 * Medians are estimates, see `added`. Pairs, and numbers of packets, which count per stream, are left out.
 */
export class MergedSummary {
  private sum: ReportSummary | null = null;
  private streams = 0;
  private moreWarnings = 0;
  private readonly warnings: string[] = [];
  private readonly inputs: InputRow[] = [];
  private timelines: TimelineReport[] = [];
  private readonly apps = new RowSums<AppRow>(({ app }) => app);
  private readonly labels = new RowSums<LabelRow>(({ kind, label }) => `${kind} ${label}`);
  private readonly protocols = new RowSums<ProtocolRow>(({ protocol }) => protocol);
  private readonly hosts = new RowSums<HostRow>(({ address }) => address, addedHosts, MAX_HOSTS);
  private readonly domains = new RowSums<DomainRow>(({ domain }) => domain, added, MAX_NAMES);
  private readonly techniques = new RowSums<ReportSummary['techniques'][number]>(
    ({ technique }) => technique,
    (a, b) => ({ ...added(a, b), first_packet: a.first_packet }),
  );
  private readonly unread = new RowSums<UnreadPackets>(
    ({ cause, value, name }) => `${cause} ${value} ${name}`,
    (a, b) => ({ ...a, packets: a.packets + b.packets, bytes: a.bytes + b.bytes }),
  );
  private readonly hidden = new RowSums<HiddenConnections>(({ route }) => route);
  private readonly qualityLabels = new RowSums<QualitySummary['labels'][number]>(({ label }) => label);
  private readonly dnsServers = new RowSums<DnsSummary['servers'][number]>(({ address }) => address, added, MAX_HOSTS);
  private readonly certificates = new RowSums<CertificateRow>(
    ({ issuer, names, not_after }) => JSON.stringify([issuer, names, not_after]),
    (a, b) => ({
      ...a,
      expired: a.expired + b.expired,
      mismatch: a.mismatch + b.mismatch,
      connections: a.connections + b.connections,
    }),
    MAX_NAMES,
  );

  add(stream: string, summary: ReportSummary): void {
    this.streams++;
    this.apps.add(summary.apps);
    this.labels.add(summary.labels);
    this.protocols.add(summary.protocols);
    this.hosts.add(summary.hosts);
    this.domains.add(summary.domains_detected);
    this.techniques.add(summary.techniques);
    this.unread.add(summary.unread);
    this.hidden.add(summary.hidden);
    this.qualityLabels.add(summary.quality?.labels ?? []);
    this.dnsServers.add(summary.dns?.servers ?? []);
    this.certificates.add(summary.tls?.certificates ?? []);
    this.addTimeline(summary.timeline);
    this.inputs.push(...summary.inputs);
    for (const warning of summary.warnings) {
      if (this.warnings.length < MAX_WARNINGS) this.warnings.push(`${stream}: ${warning}`);
      else this.moreWarnings++;
    }
    this.sum = this.sum === null ? bareSummary(summary) : addedSummaries(this.sum, summary);
  }

  private addTimeline(timeline: TimelineReport | null): void {
    if (timeline === null) return;
    if (this.timelines.length === MAX_TIMELINES) this.timelines = [mergedTimeline(this.timelines)!];
    this.timelines.push(timeline);
  }

  /** Null where no stream has a result. */
  merged(): ReportSummary | null {
    const { sum } = this;
    if (sum === null) return null;
    const share = <Row extends { bytes: number; share: number }>(row: Row): Row => ({
      ...row,
      share: sum.total_bytes === 0 ? 0 : row.bytes / sum.total_bytes,
    });
    const bytes = (row: { bytes: number }) => row.bytes;
    const packets = (row: { packets: number }) => row.packets;
    const hosts = this.hosts.sorted((row) => (row.address === OTHER ? -1 : row.bytes_out + row.bytes_in));
    const damaged = this.inputs.filter(({ damage }) => damage !== null);
    const whole = this.inputs.filter(({ damage }) => damage === null);
    return {
      ...sum,
      inputs: [...damaged, ...whole].slice(0, MAX_INPUTS),
      apps: this.apps.sorted(bytes),
      labels: this.labels.sorted(bytes),
      protocols: this.protocols.sorted(bytes),
      hosts,
      clients: sum.clients === null ? null : hosts.filter((row) => row.connections_as_client > 0).length,
      timeline: mergedTimeline(this.timelines),
      domains_detected: this.domains.sorted(bytes),
      techniques: this.techniques.sorted(packets),
      unread: this.unread.sorted(packets).map(share),
      hidden: this.hidden.sorted(bytes).map(share),
      quality: sum.quality && { ...sum.quality, labels: this.qualityLabels.sorted((row) => row.connections) },
      dns: sum.dns && { ...sum.dns, servers: this.dnsServers.sorted((row) => row.queries) },
      tls: sum.tls && this.mergedTls(sum.tls),
      warnings: this.allWarnings(),
    };
  }

  private mergedTls(tls: TlsSummary): TlsSummary {
    return {
      ...tls,
      versions: largestFirst(tls.versions),
      alpn: largestFirst(tls.alpn),
      ciphers: largestFirst(tls.ciphers),
      ciphers_offered: largestFirst(tls.ciphers_offered),
      groups: largestFirst(tls.groups),
      groups_offered: largestFirst(tls.groups_offered),
      ja3: largestFirst(tls.ja3, MAX_FINGERPRINTS),
      ja4: largestFirst(tls.ja4, MAX_FINGERPRINTS),
      certificates: this.certificates.sorted((row) => row.connections).slice(0, MAX_CERTIFICATES),
    };
  }

  private allWarnings(): string[] {
    const all = this.warnings.slice();
    if (this.moreWarnings > 0) all.push(`${this.moreWarnings} more warnings; report.json of the run has them`);
    if (this.inputs.length > MAX_INPUTS) all.push(`${this.inputs.length - MAX_INPUTS} more files`);
    if (this.streams > 1) all.push("medians of all streams are means of each stream's median, weighted by count");
    return all;
  }
}

/** The summary without what is added up row by row, and without the numbers of packets. */
function bareSummary(summary: ReportSummary): ReportSummary {
  return { ...summary, pairs: [], anomaly_packets: {}, findings: [], hosts: [], domains_detected: [], timeline: null };
}

function addedSummaries(sum: ReportSummary, next: ReportSummary): ReportSummary {
  const counted = Object.fromEntries(COUNTED.map((key) => [key, added<unknown>(sum[key], next[key])]));
  return {
    ...sum,
    ...counted,
    first_seen: ofBoth(Math.min, sum.first_seen, next.first_seen),
    last_seen: ofBoth(Math.max, sum.last_seen, next.last_seen),
    clients: sum.clients ?? next.clients,
    quality: added(sum.quality, next.quality),
    dns: added(sum.dns, next.dns),
    tls: added(sum.tls, next.tls),
    quic: added(sum.quic, next.quic),
  };
}

function addedHosts(a: HostRow, b: HostRow): HostRow {
  const weight = (row: HostRow) => row.connections_as_client + row.connections_as_server;
  const { rtt_ms: one } = a;
  const { rtt_ms: two } = b;
  const rtt = one === null ? two : two === null ? one : weightedMean(one, weight(a), two, weight(b));
  const names = new Map<string, HostName>([...b.names, ...a.names].map((row) => [row.name, row]));
  const labels = new Map(a.labels.map(({ label, bytes }) => [label, bytes]));
  for (const { label, bytes } of b.labels) labels.set(label, (labels.get(label) ?? 0) + bytes);
  return {
    ...added(a, b),
    // Two machines with one address in two networks have no one MAC address.
    mac: a.mac === null || b.mac === null ? (a.mac ?? b.mac) : a.mac === b.mac ? a.mac : null,
    names: [...names.values()].slice(0, MAX_HOST_NAMES),
    roles: [...new Set([...a.roles, ...b.roles])].sort(),
    rtt_ms: rtt,
    labels: [...labels]
      .map(([label, bytes]) => ({ label, bytes }))
      .sort((x, y) => y.bytes - x.bytes)
      .slice(0, MAX_HOST_LABELS),
    first_seen: ofBoth(Math.min, a.first_seen, b.first_seen),
    last_seen: ofBoth(Math.max, a.last_seen, b.last_seen),
  };
}

function ofBoth(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : pick(a, b);
}
