/** A report as an engine would hand it over, without an engine: deterministic, with one of everything. */
import type { ConnectionRecord, ReportSummary } from '../../src/core/report/model.js';
import type { ReportEnd } from '../../src/render/report-format.js';

/** An HTTPS connection of 10.0.0.5 to YouTube, with `changes` applied. */
export function connection(changes: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    id: 1,
    protocol: 'TCP',
    src_ip: '10.0.0.5',
    src_port: 51_234,
    dst_ip: '142.250.184.206',
    dst_port: 443,
    packets: 4_321,
    bytes: 5_534_221,
    packets_out: 1_200,
    packets_in: 3_121,
    bytes_out: 96_110,
    bytes_in: 5_438_111,
    first_seen: 1_772_360_047.123456,
    last_seen: 1_772_360_059.5,
    tcp_state: 'closed',
    app_protocol: 'tls',
    domain: 'i.ytimg.com',
    domains: ['i.ytimg.com'],
    app: 'YOUTUBE',
    detected_by: 'tls',
    confidence: 'certain',
    evidence_packet: 12,
    evidence_match: 'ytimg.com',
    unknown_reason: null,
    ech: false,
    blocked: false,
    blocked_by: null,
    ...changes,
  };
}

/** Connections of many kinds, those with the most bytes first. */
export function connections(): ConnectionRecord[] {
  return [
    connection({ domain: 'r4---sn-4g5e6nsz.googlevideo.com', domains: ['r4---sn-4g5e6nsz.googlevideo.com'] }),
    connection({
      id: 2,
      protocol: 'UDP',
      dst_ip: '142.250.181.234',
      app_protocol: 'quic',
      tcp_state: null,
      bytes: 2_101_000,
      packets: 1_911,
      detected_by: 'quic',
      evidence_packet: 1_234_567,
      blocked: true,
      blocked_by: 'app:YOUTUBE',
    }),
    connection({
      id: 3,
      src_ip: '2001:db8:85a3:1234:5678:8a2e:370:7334',
      dst_ip: '2a00:1450:4001:082b:abcd:ef01:2345:200e',
      domain: 'a-very-long-host-name-that-nobody-would-type.with.many.labels.in.it.cdn.whatsapp.net',
      domains: ['a-very-long-host-name-that-nobody-would-type.with.many.labels.in.it.cdn.whatsapp.net'],
      app: 'WHATSAPP',
      bytes: 734_000,
      packets: 812,
      detected_by: 'dns-answer',
      confidence: 'likely',
      evidence_packet: 7,
    }),
    connection({
      id: 4,
      dst_ip: '203.0.113.9',
      dst_port: 22,
      app_protocol: 'ssh',
      domain: null,
      domains: [],
      app: 'UNKNOWN',
      bytes: 120_340,
      packets: 410,
      detected_by: null,
      confidence: null,
      evidence_packet: null,
      evidence_match: null,
      unknown_reason: 'no-name',
    }),
    connection({
      id: 5,
      protocol: 'ICMP',
      src_port: 0,
      dst_port: 0,
      dst_ip: '8.8.8.8',
      app_protocol: null,
      tcp_state: null,
      domain: null,
      domains: [],
      app: 'UNKNOWN',
      bytes: 980,
      packets: 10,
      detected_by: null,
      confidence: null,
      evidence_packet: null,
      evidence_match: null,
      unknown_reason: 'no-payload',
    }),
    connection({
      id: 6,
      dst_ip: '149.154.167.51',
      app_protocol: null,
      domain: null,
      domains: [],
      app: 'TELEGRAM',
      bytes: 812,
      packets: 9,
      detected_by: 'ip-range',
      confidence: 'guess',
      evidence_packet: 99,
      evidence_match: '149.154.160.0/20',
      ech: true,
    }),
  ];
}

/** The summary that goes with `connections()`, with `changes` applied. */
export function summary(changes: Partial<ReportSummary> = {}): ReportSummary {
  return {
    schema_version: 1,
    generator: 'dpi 0.1.0',
    inputs: [
      {
        name: 'office/monday-morning.pcapng',
        format: 'pcapng',
        compression: 'gzip',
        packets: 18_234,
        bytes: 8_700_211,
        damage: null,
      },
    ],
    total_packets: 18_234,
    total_bytes: 8_491_353,
    forwarded_packets: 16_323,
    dropped_packets: 1_911,
    tcp_packets: 15_002,
    udp_packets: 3_100,
    other_ip_packets: 100,
    non_ip_packets: 32,
    first_seen: 1_772_360_047.123456,
    last_seen: 1_772_360_359.5,
    total_connections: 412,
    blocked_connections: 1,
    app_breakdown: { YOUTUBE: 12_311, WHATSAPP: 4_012, TELEGRAM: 9, UNKNOWN: 1_902 },
    apps: [
      { app: 'YOUTUBE', category: 'video', connections: 212, packets: 12_311, bytes: 7_635_221 },
      { app: 'WHATSAPP', category: 'messaging', connections: 88, packets: 4_012, bytes: 734_000 },
      { app: 'UNKNOWN', category: null, connections: 111, packets: 1_902, bytes: 121_320 },
      { app: 'TELEGRAM', category: 'messaging', connections: 1, packets: 9, bytes: 812 },
    ],
    unknown_reasons: { 'no-name': 60, 'no-payload': 31, 'mid-stream': 12, 'unlisted-name': 8 },
    domains_detected: [
      { domain: 'r4---sn-4g5e6nsz.googlevideo.com', app: 'YOUTUBE', connections: 17, packets: 6_100, bytes: 5_534_221 },
      { domain: 'i.ytimg.com', app: 'YOUTUBE', connections: 195, packets: 6_211, bytes: 2_101_000 },
      { domain: 'media.cdn.whatsapp.net', app: 'WHATSAPP', connections: 88, packets: 4_012, bytes: 734_000 },
      { domain: 'intranet.example', app: 'UNKNOWN', connections: 8, packets: 66, bytes: 9_100 },
    ],
    app_protocols: { tls: 260, quic: 84, dns: 43, ssh: 1 },
    anomalies: { truncated_transport_header: 3 },
    limits: {},
    warnings: [],
    ...changes,
  };
}

/** All of it, as a format's `finish` takes it. */
export function reportEnd(changes: Partial<ReportEnd> = {}): ReportEnd {
  return {
    summary: summary(),
    topConnections: connections(),
    elapsedMs: 421,
    rules: { store: 'this call', count: 1 },
    ...changes,
  };
}
