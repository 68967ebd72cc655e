import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import { ResolverTable } from '../classify/resolver-table.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import {
  FLOW_ECH,
  FLOW_MALFORMED,
  FLOW_MORE_NAMES,
  FLOW_NAME_ENCRYPTED,
  FLOW_PAYLOADS,
  FLOW_SYNS,
} from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { unknownReason } from './connection-reader.js';
import type { ConnectionRecord, HiddenRoute } from './model.js';

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
/** Protocols whose clients name a host. Others (NTP, SSH, ...) hide none. */
const HOST_CARRIERS: ReadonlySet<string> = new Set([
  'tls',
  'quic',
  'dtls',
  'http',
  'http2',
  'socks',
  'socks4',
  'socks5',
  'proxy-protocol',
]);

/** Finds out whether the site of a connection can be known. */
export class HiddenRoutes {
  /** After `encrypted-dns`: the resolver's domain as the app table writes it; null where only the address is known. */
  resolver: string | null = null;
  private readonly resolvers: ResolverTable;

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    apps: AppTable,
  ) {
    this.resolvers = new ResolverTable(apps);
  }

  /** Why the site of the connection `row`, which has ended, cannot be known; null where it can. */
  routeOf(row: number): HiddenRoute | null {
    const { flows, labels } = this;
    const proto = flows.ipProtocolOf(row);
    const hasPorts = proto === TCP || proto === UDP;
    if (hasPorts && !flows.hasFlag(row, FLOW_PAYLOADS)) return null;
    const spoken = flows.protocolOf(row) === 0 ? null : labels.protocols.names[flows.protocolOf(row)]!;
    if (this.isEncryptedDns(row, spoken)) return 'encrypted-dns';
    if (spoken !== null && TUNNELS.has(spoken)) return 'vpn';
    if (flows.appOf(row) !== 0) return null;
    if (flows.hasFlag(row, FLOW_NAME_ENCRYPTED)) return 'ech';
    // GREASE looks like the real extension (RFC 9849 §6.2): only a DNS answer shows that the outer name is the site.
    if (flows.nameOf(row) !== 0) return flows.hasFlag(row, FLOW_ECH) && !this.isConfirmed(row) ? 'ech' : null;
    if (proto === TCP && !flows.hasFlag(row, FLOW_SYNS)) return 'mid-stream';
    if (flows.hasFlag(row, FLOW_MALFORMED) || (spoken !== null && HOST_CARRIERS.has(spoken))) return 'no-name';
    if (spoken !== null || !hasPorts) return null;
    const reason = unknownReason(flows, row);
    return reason === 'unsupported-protocol' || reason === 'truncated' ? 'unrecognised' : null;
  }

  /** DNS over TLS, QUIC or HTTPS, and DNSCrypt, whose questions cannot be read on the path. */
  private isEncryptedDns(row: number, spoken: string | null): boolean {
    const { flows, labels, resolvers } = this;
    const { names } = labels;
    this.resolver = null;
    if (spoken === 'dnscrypt') return true;
    if (spoken !== 'tls' && spoken !== 'quic') return false;
    const alpn = labels.handshakes?.get(row)?.alpn;
    if (alpn === 'dot' || alpn === 'doq') return true;
    if (flows.portOf(row, flows.initiatorOf(row) === 0 ? 1 : 0) === DNS_OVER_TLS_PORT) return true;
    const name = flows.nameOf(row);
    if (name !== 0) {
      this.resolver = resolvers.domainOf(
        names.bufOf(name),
        names.startOf(name),
        names.endOf(name),
        labels.entryOf(name),
      );
      if (this.resolver !== null) return true;
    }
    // By its address: the name may be another, or the address itself (https://8.8.8.8/dns-query).
    return resolvers.isResolver(flows.appOf(row)) || this.isAtResolver(row);
  }

  /** True for the address of a resolver, whose operator serves nothing else there. */
  private isAtResolver(row: number): boolean {
    const { flows, resolvers } = this;
    return !flows.isIpv6(row) && resolvers.hasAddress(flows.responderAddressOf(row));
  }

  /** True if the client had asked DNS for a name of the connection, and got its address. */
  private isConfirmed(row: number): boolean {
    const { flows, labels } = this;
    const hint = flows.hintOf(row);
    if (hint === 0) return false;
    if (hint === flows.nameOf(row)) return true;
    return flows.hasFlag(row, FLOW_MORE_NAMES) && labels.moreNames.of(row).includes(hint);
  }
}

/** The option that stops all connections of that kind to the same service; null where none does. */
export function hiddenRemedyOf(
  route: HiddenRoute,
  connection: ConnectionRecord,
  resolver: string | null,
): string | null {
  const { protocol, dst_port: port } = connection;
  if (route === 'encrypted-dns') {
    if (resolver !== null && port !== DNS_OVER_TLS_PORT) return `--block-domain ${resolver}`;
    const isShared = port !== DNS_OVER_TLS_PORT && connection.app_protocol !== 'dnscrypt' && connection.alpn !== 'dot';
    return isShared ? `--block-ip ${connection.dst_ip}` : portOption(protocol, port);
  }
  if (route === 'vpn') return port === 0 ? `--block-ip ${connection.dst_ip}` : portOption(protocol, port);
  return null;
}

function portOption(protocol: string, port: number): string {
  return `--block-port ${protocol.toLowerCase()}/${port}`;
}
