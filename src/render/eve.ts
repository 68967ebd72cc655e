import type { ConnectionRecord } from '../core/report/model.js';
import type { ReportFormat, WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';
import { digestOf, helloName, messageNames } from './zeek/rows.js';

/** Suricata's names of protocols where they differ from ours; "failed" where none was recognised. */
const PROTOCOLS: Readonly<Record<string, string>> = { kerberos: 'krb5', 'netbios-ns': 'nbns', postgresql: 'pgsql' };
const TRANSPORTS: Readonly<Record<string, string>> = { ICMPV6: 'IPv6-ICMP' };
/** Largest integer that every JSON parser keeps. */
const MAX_FLOW_ID = 2 ** 53;

/** The TCP states of Suricata (output/eve, "Event type: Flow") by ours. */
const TCP_STATES: Readonly<Record<string, string>> = {
  syn: 'syn_sent',
  'syn-ack': 'syn_recv',
  established: 'established',
  'mid-stream': 'established',
  closing: 'fin_wait1',
  closed: 'closed',
  reset: 'closed',
};

/**
 * Suricata's EVE: one JSON object a line, events of the protocols and then the flow of each connection, as it ends
 * (docs.suricata.io, "EVE JSON Format"). Keys that are not known are left out.
 */
export function eveFormat(write: WriteText): ReportFormat {
  return {
    connection(c) {
      for (const event of eventsOf(c)) write(`${jsonText(event)}\n`);
    },
    finish() {},
  };
}

function eventsOf(c: ConnectionRecord): object[] {
  const common = commonPart(c);
  const { flow_id, ...rest } = common;
  const timestamp = timeText(c.first_seen);
  const events: object[] = [];
  const at = (type: string, content: object): object => ({
    timestamp,
    flow_id,
    event_type: type,
    ...rest,
    [type]: defined(content),
  });
  if (c.tls_version !== null && c.app_protocol !== 'quic') events.push(at('tls', tlsPart(c)));
  if (c.app_protocol === 'quic') events.push(at('quic', { version: c.quic_version, sni: helloName(c), ja4: c.ja4 }));
  if (c.app_protocol === 'dns') {
    for (const [i, rrname] of messageNames(c).entries())
      events.push(at('dns', { version: 2, type: 'query', tx_id: i, rrname }));
  }
  if (c.app_protocol === 'http') for (const hostname of messageNames(c)) events.push(at('http', { hostname }));
  events.push(flowEvent(c, common));
  return events;
}

function commonPart(c: ConnectionRecord) {
  const hasPorts = c.protocol === 'TCP' || c.protocol === 'UDP' || c.protocol === 'SCTP';
  return defined({
    flow_id: Number(digestOf(c).readBigUInt64BE() % BigInt(MAX_FLOW_ID)),
    vlan: c.vlan === null ? null : c.vlan.split('.').map(Number),
    src_ip: c.src_ip,
    src_port: hasPorts ? c.src_port : null,
    dest_ip: c.dst_ip,
    dest_port: hasPorts ? c.dst_port : null,
    proto: TRANSPORTS[c.protocol] ?? c.protocol,
    ip_v: c.src_ip.includes(':') ? 6 : 4,
    community_id: c.community_id,
  });
}

function tlsPart(c: ConnectionRecord): object {
  return {
    issuerdn: c.cert_issuer,
    notbefore: c.cert_not_before === null ? null : timeText(c.cert_not_before).slice(0, 19),
    notafter: c.cert_not_after === null ? null : timeText(c.cert_not_after).slice(0, 19),
    subjectaltname: c.cert_names.length === 0 ? null : c.cert_names,
    sni: helloName(c),
    version: c.tls_version === null ? null : versionText(c.tls_version),
    ja3: c.ja3 === null ? null : { hash: c.ja3 },
    ja4: c.ja4,
  };
}

/** "TLS 1.3", "TLSv1" for 1.0, "SSLv3". */
function versionText(version: string): string {
  if (version.startsWith('SSL')) return version.replace(/^SSL (\d).*/, 'SSLv$1');
  return version === '1.0' ? 'TLSv1' : `TLS ${version}`;
}

function flowEvent(c: ConnectionRecord, common: ReturnType<typeof commonPart>): object {
  const { flow_id, ...rest } = common;
  const isTcp = c.protocol === 'TCP';
  return defined({
    timestamp: timeText(c.last_seen),
    flow_id,
    event_type: 'flow',
    ...rest,
    app_proto: appProtocol(c),
    flow: {
      pkts_toserver: c.packets_out,
      pkts_toclient: c.packets_in,
      bytes_toserver: c.bytes_out,
      bytes_toclient: c.bytes_in,
      start: timeText(c.first_seen),
      end: timeText(c.last_seen),
      age: Math.floor(c.last_seen - c.first_seen),
      state: flowState(c),
    },
    tcp: isTcp && c.tcp_state !== null ? defined({ state: TCP_STATES[c.tcp_state] }) : null,
  });
}

function appProtocol({ app_protocol: protocol, protocol: transport }: ConnectionRecord): string | null {
  if (protocol !== null) return PROTOCOLS[protocol] ?? protocol;
  return transport === 'TCP' || transport === 'UDP' ? 'failed' : null;
}

function flowState({ tcp_state: state, packets_in: answered }: ConnectionRecord): string {
  if (state === 'closed' || state === 'reset') return 'closed';
  if (state === 'syn' || state === 'syn-ack' || (state === null && answered === 0)) return 'new';
  return 'established';
}

/** ISO 8601 with microseconds in UTC, as Suricata writes it. */
function timeText(seconds: number): string {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  const date = new Date(whole * 1000);
  if (Number.isNaN(date.getTime())) return '1970-01-01T00:00:00.000000+0000';
  return `${date.toISOString().slice(0, 19)}.${String(micros - whole * 1e6).padStart(6, '0')}+0000`;
}

/** Without members that are null or undefined. */
function defined<T extends object>(content: T): T {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value != null)) as T;
}
