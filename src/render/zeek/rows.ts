import { createHash } from 'node:crypto';
import type { ConnectionRecord } from '../../core/report/model.js';
import type { LogName } from './fields.js';

/** A value of a log; undefined is unset. */
export type LogValue = string | number | boolean | undefined;
export type LogRow = Readonly<Record<string, LogValue>>;

/** Zeek's names of services where they differ from ours. */
const SERVICES: Readonly<Record<string, string>> = {
  tls: 'ssl',
  dtls: 'ssl',
  quic: 'quic,ssl',
  mdns: 'dns',
  llmnr: 'dns',
  'netbios-ns': 'dns',
  kerberos: 'krb',
};
const TRANSPORTS: Readonly<Record<string, readonly [proto: string, number: number]>> = {
  TCP: ['tcp', 6],
  UDP: ['udp', 17],
  ICMP: ['icmp', 1],
  ICMPV6: ['icmp', 58],
  SCTP: ['unknown_transport', 132],
};
const UID_LEN = 17;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The rows of one connection, by log. */
export function logRows(c: ConnectionRecord): (readonly [LogName, LogRow])[] {
  const rows: (readonly [LogName, LogRow])[] = [['conn', connRow(c)]];
  if (c.app_protocol === 'quic') rows.push(['quic', quicRow(c)]);
  if (c.tls_version !== null) rows.push(['ssl', sslRow(c)]);
  if (isDns(c)) for (const name of namesOf(c)) rows.push(['dns', dnsRow(c, name)]);
  if (c.app_protocol === 'http') {
    for (const [i, name] of namesOf(c).entries()) rows.push(['http', httpRow(c, name, i + 1)]);
  }
  return rows;
}

/** A connection that carries DNS messages, multicast and NetBIOS ones included, as Zeek's analyzer takes them. */
function isDns({ app_protocol: protocol }: ConnectionRecord): boolean {
  return protocol === 'dns' || (protocol !== null && SERVICES[protocol] === 'dns');
}

/** "C" and 17 characters: the same for the same connection of a capture, whatever else is read. */
function uidOf(c: ConnectionRecord): string {
  let rest = BigInt(`0x${digestOf(c).toString('hex')}`);
  let uid = 'C';
  for (let i = 0; i < UID_LEN; i++) {
    uid += BASE62[Number(rest % 62n)];
    rest /= 62n;
  }
  return uid;
}

/** 20 bytes that stand for a connection. */
export function digestOf(c: ConnectionRecord): Buffer {
  const key = [c.protocol, c.src_ip, c.src_port, c.dst_ip, c.dst_port, c.vlan, c.network, c.first_seen.toFixed(6)];
  return createHash('sha1').update(key.join('|')).digest();
}

/** The names that messages of the connection show; a name that a DNS answer gave it is none. */
export function messageNames({ domains, detected_by: source }: ConnectionRecord): readonly string[] {
  return source === 'dns-answer' ? [] : domains;
}

function namesOf(c: ConnectionRecord): readonly (string | undefined)[] {
  const names = messageNames(c);
  return names.length > 0 ? names : [undefined];
}

function connection(c: ConnectionRecord): LogRow {
  return {
    ts: c.first_seen,
    uid: uidOf(c),
    'id.orig_h': c.src_ip,
    'id.orig_p': c.src_port,
    'id.resp_h': c.dst_ip,
    'id.resp_p': c.dst_port,
    community_id: c.community_id ?? undefined,
  };
}

function connRow(c: ConnectionRecord): LogRow {
  const [proto, number] = transportOf(c.protocol);
  return {
    ...connection(c),
    proto,
    service: serviceOf(c),
    duration: c.packets > 1 ? rounded(c.last_seen - c.first_seen) : undefined,
    conn_state: connState(c),
    orig_pkts: c.packets_out,
    resp_pkts: c.packets_in,
    ip_proto: number,
  };
}

function transportOf(protocol: string): readonly [proto: string, number: number | undefined] {
  const known = TRANSPORTS[protocol];
  if (known !== undefined) return known;
  const number = Number(/^IP-(\d+)$/.exec(protocol)?.[1]);
  return ['unknown_transport', Number.isNaN(number) ? undefined : number];
}

/** The service; several with commas, as in Zeek. */
function serviceOf({ app_protocol: protocol }: ConnectionRecord): string | undefined {
  if (protocol === null) return undefined;
  return SERVICES[protocol] ?? protocol;
}

/** Zeek's states (base/protocols/conn/main.zeek) as far as they can be told; unset where it is not known who closed. */
function connState(c: ConnectionRecord): string | undefined {
  const { tcp_state: state, packets_in: answered, packets_out: asked } = c;
  if (state === null) return answered === 0 ? 'S0' : asked === 0 ? 'SHR' : 'SF';
  if (c.tcp_outcome === 'refused') return 'REJ';
  if (state === 'syn') return c.reset_by === 'client' ? 'RSTOS0' : 'S0';
  if (state === 'syn-ack' || state === 'established') return 'S1';
  if (state === 'closed') return 'SF';
  if (state === 'reset') return c.reset_by === 'client' ? 'RSTO' : c.reset_by === 'server' ? 'RSTR' : undefined;
  return state === 'mid-stream' ? 'OTH' : undefined;
}

function sslRow(c: ConnectionRecord): LogRow {
  const alert = c.tls_alerts.filter((one) => one !== 'encrypted').at(-1);
  const hasCertificate = c.cert_names.length > 0 && c.domain !== null;
  return {
    ...connection(c),
    version: versionOf(c),
    cipher: c.tls_cipher ?? undefined,
    curve: c.tls_group ?? undefined,
    server_name: helloName(c),
    last_alert: alert,
    next_protocol: c.alpn ?? undefined,
    established: c.is_handshake_failed ? false : undefined,
    sni_matches_cert: hasCertificate && c.is_cert_name_mismatch !== null ? !c.is_cert_name_mismatch : undefined,
    ja3: c.ja3 ?? undefined,
    ja4: c.ja4 ?? undefined,
  };
}

/** The name in the ClientHello; a name that a DNS answer gave is none. */
export function helloName({ detected_by: source, domain }: ConnectionRecord): string | undefined {
  return source === 'tls' || source === 'quic' || source === 'dtls' ? (domain ?? undefined) : undefined;
}

/** "TLSv13", "SSLv3", "DTLSv12". */
function versionOf({ tls_version: version, app_protocol: protocol }: ConnectionRecord): string | undefined {
  if (version === null) return undefined;
  const ssl = /^SSL (\d)/.exec(version)?.[1];
  if (ssl !== undefined) return `SSLv${ssl}`;
  const digits = version.replace(/\D/g, '');
  return protocol === 'dtls' ? `DTLSv${digits}` : `TLSv${digits}`;
}

function quicRow(c: ConnectionRecord): LogRow {
  return {
    ...connection(c),
    version: c.quic_version === '2' ? 'quicv2' : (c.quic_version ?? undefined),
    server_name: helloName(c),
    client_protocol: c.alpn ?? undefined,
  };
}

function dnsRow(c: ConnectionRecord, query: string | undefined): LogRow {
  return { ...connection(c), proto: transportOf(c.protocol)[0], query };
}

function httpRow(c: ConnectionRecord, host: string | undefined, depth: number): LogRow {
  return { ...connection(c), trans_depth: depth, host };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
