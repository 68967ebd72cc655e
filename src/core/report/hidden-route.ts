import type { Outcome } from './escape-route.js';
import type { ConnectionRecord } from './model.js';
import type { HiddenRoute } from './policy-model.js';

/** DNS over TLS (RFC 7858), over QUIC (RFC 9250). */
const DNS_OVER_TLS_PORT = 853;
/** Protocols that carry others unread, in the report's words. */
const TUNNELS: ReadonlySet<string> = new Set([
  'wireguard',
  'openvpn',
  'isakmp',
  'esp',
  'ah',
  'l2tp',
  'pptp',
  'gre',
  'softether',
  'tinc',
  'tailscale',
  'tor',
]);
/** Where browsers and phones look names up over HTTPS; names end in one of these. */
const RESOLVERS = [
  'dns.google',
  'dns.google.com',
  'dns64.dns.google',
  'cloudflare-dns.com',
  'one.one.one.one',
  '1dot1dot1dot1.com',
  'quad9.net',
  'doh.opendns.com',
  'dns.umbrella.com',
  'adguard-dns.com',
  'dns.adguard.com',
  'nextdns.io',
  'controld.com',
  'doh.cleanbrowsing.org',
  'doh.dns.sb',
  'dns.sb',
  'dns.alidns.com',
  'doh.pub',
  'doh.360.cn',
  'doh.xfinity.com',
  'dns.mullvad.net',
  'dns.nordvpn.com',
  'doh.libredns.gr',
  'dns.twnic.tw',
  'public.dns.iij.jp',
  'dns0.eu',
  'doh.apple.com',
  'mask.icloud.com',
  'mask-h2.icloud.com',
];

/** True for DNS over TLS, QUIC or HTTPS, and DNSCrypt, whose questions cannot be read on the path. */
export function isEncryptedDns(connection: ConnectionRecord): boolean {
  const { app_protocol: spoken, dst_port: port, alpn, domain, detected_by: source } = connection;
  if (spoken === 'dnscrypt' || alpn === 'dot' || alpn === 'doq') return true;
  if (port === DNS_OVER_TLS_PORT && (spoken === 'tls' || spoken === 'quic')) return true;
  if (source === 'dns' || domain === null) return false;
  return resolverOf(domain) !== null;
}

/** Why the site of a passed connection cannot be known; null where it can. */
export function hiddenRouteOf(connection: ConnectionRecord, outcome: Outcome): HiddenRoute | null {
  const { app_protocol: spoken, domain, app, unknown_reason: reason } = connection;
  if (isEncryptedDns(connection)) return 'encrypted-dns';
  if (spoken !== null && TUNNELS.has(spoken)) return 'vpn';
  if (app !== 'UNKNOWN') return null;
  if (outcome.nameEncrypted) return 'ech';
  if (domain !== null) return null;
  if (outcome.isMidStream) return 'mid-stream';
  if (spoken === 'tls' || spoken === 'quic' || spoken === 'dtls') return 'no-name';
  // A protocol that was recognised and carries no names (NTP, SSH, ...) hides none.
  const unread = spoken === null && (connection.protocol === 'TCP' || connection.protocol === 'UDP');
  return unread && (reason === 'unsupported-protocol' || reason === 'truncated') ? 'unrecognised' : null;
}

/** The option that stops all connections of that kind to the same service; null where none does. */
export function hiddenRemedyOf(route: HiddenRoute, connection: ConnectionRecord): string | null {
  const { protocol, dst_port: port, domain } = connection;
  if (route === 'encrypted-dns') {
    const resolver = domain === null ? null : resolverOf(domain);
    if (resolver !== null && port !== DNS_OVER_TLS_PORT) return `--block-domain ${resolver}`;
    return portOption(protocol, port);
  }
  if (route === 'vpn') return port === 0 ? `--block-ip ${connection.dst_ip}` : portOption(protocol, port);
  return null;
}

function portOption(protocol: string, port: number): string {
  return `--block-port ${protocol.toLowerCase()}/${port}`;
}

function resolverOf(domain: string): string | null {
  return RESOLVERS.find((name) => domain === name || domain.endsWith(`.${name}`)) ?? null;
}
