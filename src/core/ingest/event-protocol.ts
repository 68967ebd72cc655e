import { ICMP, ICMPV6, TCP, UDP } from '../common/ip-protocols.js';

const MOST = 255;

/** IANA protocol numbers by the names that tools write. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmp', ICMP],
  ['igmp', 2],
  ['tcp', TCP],
  ['udp', UDP],
  ['dccp', 33],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['icmpv6', ICMPV6],
  ['ipv6-icmp', ICMPV6],
  ['icmp6', ICMPV6],
  ['ospf', 89],
  ['pim', 103],
  ['vrrp', 112],
  ['sctp', 132],
  ['udplite', 136],
]);

/** Protocols whose header begins with two ports. */
const HAS_PORTS = new Uint8Array(MOST + 1);
for (const number of [6, 17, 33, 132, 136]) HAS_PORTS[number] = 1;

/**
 * IANA number of a protocol given by name, in any case, or by number, also in a text ("6", "IP-6"). "icmp" between IPv6
 * addresses is ICMPv6. -1 for other values.
 */
export function parseEventProtocol(protocol: unknown, isV6: boolean): number {
  if (protocol === 'tcp' || protocol === 'TCP') return 6;
  if (protocol === 'udp' || protocol === 'UDP') return 17;
  let number = -1;
  if (typeof protocol === 'number') number = protocol;
  else if (typeof protocol === 'string' && protocol.length <= 16) {
    const digits = /^(?:ip-)?(\d{1,3})$/i.exec(protocol);
    number = digits !== null ? Number(digits[1]) : (NUMBERS.get(protocol.toLowerCase()) ?? -1);
    if (number === ICMP && isV6 && digits === null) return ICMPV6;
  }
  return Number.isInteger(number) && number >= 0 && number <= MOST ? number : -1;
}

export function hasPorts(protocol: number): boolean {
  return HAS_PORTS[protocol] === 1;
}
