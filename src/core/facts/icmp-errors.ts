import type { PacketColumns } from '../flow/packet-columns.js';

const ICMP_HEADER_LEN = 8;
const ICMP = 1;

/** ICMP errors by type, and by `type/code` where the code says more (IANA "ICMP Type Numbers"). */
const V4_KINDS: Readonly<Record<string, string>> = {
  '3': 'unreachable',
  '3/0': 'network_unreachable',
  '3/1': 'host_unreachable',
  '3/2': 'protocol_unreachable',
  '3/3': 'port_unreachable',
  '3/4': 'fragmentation_needed',
  '3/9': 'prohibited',
  '3/10': 'prohibited',
  '3/13': 'prohibited',
  '4': 'source_quench',
  '5': 'redirect',
  '11': 'ttl_exceeded',
  '11/1': 'reassembly_timeout',
  '12': 'parameter_problem',
};
/** IANA "ICMPv6 type Numbers". */
const V6_KINDS: Readonly<Record<string, string>> = {
  '1': 'unreachable',
  '1/0': 'network_unreachable',
  '1/1': 'prohibited',
  '1/3': 'host_unreachable',
  '1/4': 'port_unreachable',
  '1/5': 'prohibited',
  '1/6': 'prohibited',
  '2': 'packet_too_big',
  '3': 'hop_limit_exceeded',
  '3/1': 'reassembly_timeout',
  '4': 'parameter_problem',
};

/** Counts ICMP errors by type and code: those that quote the packet which caused them. */
export class IcmpErrors {
  /** By `type << 8 | code`: of ICMP, then of ICMPv6. */
  private counts: Float64Array | null = null;

  /** Takes packet `i`, which quotes another. */
  take(columns: PacketColumns, i: number): void {
    const at = columns.quotedStart[i]! - ICMP_HEADER_LEN;
    if (at < 0) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const family = (columns.proto[i]! & 255) === ICMP ? 0 : 1;
    this.counts ??= new Float64Array(1 << 17);
    this.counts[(family << 16) | (buf[at]! << 8) | buf[at + 1]!]!++;
  }

  /** Kind to errors, those with the most first. */
  report(): Record<string, number> {
    const kinds = new Map<string, number>();
    this.counts?.forEach((count, index) => {
      if (count === 0) return;
      const table = index >> 16 === 0 ? V4_KINDS : V6_KINDS;
      const type = (index >> 8) & 255;
      const kind = table[`${type}/${index & 255}`] ?? table[type] ?? 'other';
      kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    });
    return Object.fromEntries([...kinds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }
}
