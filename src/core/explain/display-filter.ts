import type { ConnectionRecord } from '../report/model.js';

/** Wireshark's names of the ports, by the report's word for the protocol. */
const PORTS: Readonly<Record<string, string>> = {
  TCP: 'tcp',
  UDP: 'udp',
  UDPLITE: 'udp',
  SCTP: 'sctp',
  DCCP: 'dccp',
};
const NUMBERED = 'IP-';

/** Frames of one file, the first and the last. */
export interface FrameRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A display filter of Wireshark that selects the packets of the connection: between its first and last frame, where
 * these are known, those with its addresses and ports. Of a fragmented datagram it selects the fragment that completes
 * it, the only one in which Wireshark shows ports. VLANs are left out: answers may come in another one.
 */
export function displayFilter(connection: ConnectionRecord, range: FrameRange | null): string {
  const { src_ip: source, dst_ip: destination } = connection;
  const isIpv6 = source.includes(':');
  const terms = [...pair(isIpv6 ? 'ipv6' : 'ip', 'addr', source, destination), ...protocolTerms(connection, isIpv6)];
  if (range !== null && range.first === range.last) terms.push(`frame.number == ${range.first}`);
  else if (range !== null) terms.push(`frame.number >= ${range.first}`, `frame.number <= ${range.last}`);
  return terms.join(' && ');
}

function protocolTerms({ protocol, src_port: from, dst_port: to }: ConnectionRecord, isIpv6: boolean): string[] {
  const ports = PORTS[protocol];
  // An ICMP error shows the addresses and ports of the packet that it quotes.
  if (ports !== undefined) return [...pair(ports, 'port', from, to), isIpv6 ? '!icmpv6' : '!icmp'];
  if (!protocol.startsWith(NUMBERED)) return [protocol.toLowerCase()];
  return [`${isIpv6 ? 'ipv6.nxt' : 'ip.proto'} == ${protocol.slice(NUMBERED.length)}`];
}

/** Both values of a field that has one at either end, `either` naming it without regard to the end. */
function pair(layer: string, either: 'addr' | 'port', a: string | number, b: string | number): string[] {
  if (a !== b) return [`${layer}.${either} == ${a}`, `${layer}.${either} == ${b}`];
  const [source, destination] = either === 'addr' ? ['src', 'dst'] : ['srcport', 'dstport'];
  return [`${layer}.${source} == ${a}`, `${layer}.${destination} == ${b}`];
}
