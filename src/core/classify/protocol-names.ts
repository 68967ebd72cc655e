/** Protocols directly above IP that carry no name (IANA protocol numbers). */
const IP_PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  41: 'ipv6',
  44: 'ipv6-frag',
  46: 'rsvp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  108: 'ipcomp',
  112: 'vrrp',
  113: 'pgm',
  115: 'l2tp',
  124: 'is-is',
  132: 'sctp',
  135: 'mobile-ipv6',
};

/** Names of protocols seen, by small id from 1. */
export class ProtocolNames {
  private readonly ids = new Map<string, number>();
  readonly names: string[] = [''];

  idOf(name: string): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    this.ids.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** The name of a protocol directly above IP, undefined for one that is not known or shows its own. */
export function ipProtocolName(proto: number): string | undefined {
  return IP_PROTOCOL_NAMES[proto];
}
