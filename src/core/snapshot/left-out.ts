import { type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { CommunityIds, FlowTuple } from '../report/community-id.js';
import type { ConnectionRecord } from '../report/model.js';
import type { LeftOutKind } from './model.js';

const ICMP = 1;
const ICMPV6 = 58;
/** Destination unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792) by their codes. */
const ICMP_ERRORS: readonly (readonly [type: number, codes: number])[] = [
  [3, 16],
  [4, 1],
  [5, 4],
  [11, 2],
  [12, 3],
];
/** Errors (RFC 4443 §3), multicast listeners, neighbour discovery (RFC 4861 §4, RFC 2710, RFC 3810). */
const ICMPV6_CONTROL: readonly (readonly [type: number, codes: number])[] = [
  [1, 9],
  [2, 1],
  [3, 2],
  [4, 11],
  [130, 1],
  [131, 1],
  [132, 1],
  [133, 1],
  [134, 1],
  [135, 1],
  [136, 1],
  [137, 1],
  [143, 1],
];
/** Protocols that the host itself speaks, when its timers expire. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['dhcp', 'dhcpv6', 'igmp']);

/**
 * Sorts out the connections that tell nothing about a program: they differ from run to run, or began before the
 * capture. 169.254.0.0/16 is not among them, since clouds serve credentials there.
 */
export class LeftOut {
  private readonly ids = new CommunityIds();
  private readonly tuple = new FlowTuple();

  /** Why the connection is left out; null for one that counts. */
  reasonFor(connection: ConnectionRecord): LeftOutKind | null {
    const { protocol, dst_ip, app_protocol, tcp_state } = connection;
    if (isControl(app_protocol) || this.isControlMessage(connection)) return 'control';
    if (staysOnLink(dst_ip)) return 'link-local';
    return protocol === 'TCP' && tcp_state === 'mid-stream' ? 'mid-stream' : null;
  }

  /** A record keeps no ICMP type, but its Community ID has gone over that of the first packet. */
  private isControlMessage(connection: ConnectionRecord): boolean {
    const { protocol, community_id, src_ip, dst_ip } = connection;
    if (community_id === null || (protocol !== 'ICMP' && protocol !== 'ICMPV6')) return false;
    const source = parseIpPrefix(src_ip);
    const destination = parseIpPrefix(dst_ip);
    if (source === null || destination === null) return false;
    const isIpv6 = protocol === 'ICMPV6';
    const { tuple } = this;
    tuple.isIpv6 = source.isV6;
    tuple.protocol = isIpv6 ? ICMPV6 : ICMP;
    setWords(tuple.source, source);
    setWords(tuple.destination, destination);
    for (const [type, codes] of isIpv6 ? ICMPV6_CONTROL : ICMP_ERRORS) {
      tuple.sourcePort = type;
      for (let code = 0; code < codes; code++) {
        tuple.destinationPort = code;
        if (this.ids.of(tuple) === community_id) return true;
      }
    }
    return false;
  }
}

function isControl(protocol: string | null): boolean {
  return protocol !== null && HOUSEKEEPING.has(protocol);
}

/** Broadcast, IPv4 local network control (RFC 5771 §4), and the interface and link scopes of IPv6 (RFC 4291 §2.7). */
function staysOnLink(address: string): boolean {
  return (
    address === '255.255.255.255' ||
    address.startsWith('224.0.0.') ||
    /^ff[0-9a-f][12]:/.test(address) ||
    /^fe[89ab][0-9a-f]:/.test(address)
  );
}

function setWords(into: Int32Array, { words }: IpPrefix): void {
  for (let n = 0; n < into.length; n++) into[n] = words[n] ?? 0;
}
