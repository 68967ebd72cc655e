import { formatIpPrefix } from '../../../core/common/ip-prefix.js';
import { endsOf, NO_PORTS, portsOf, protocolsOf, type SnapshotExport } from './snapshot-export.js';

/** A ruleset for `nft -f` that drops what leaves this machine but the contacts, loopback and replies. */
export const NFTABLES_EXPORT: SnapshotExport = {
  name: 'nftables',
  description: 'an nftables ruleset for output: addresses and ports',
  *write(snapshot, leaveOut) {
    const matches = new Set<string>();
    for (const entry of snapshot.contacts) {
      const { name, prefixes, isAny } = endsOf(entry, snapshot);
      const ports = portsOf(entry);
      if (ports === 'none') leaveOut(entry, NO_PORTS);
      else if (name !== null) leaveOut(entry, 'left out: nftables sees addresses only');
      else {
        const ends = isAny
          ? ['']
          : prefixes.map((prefix) => `${prefix.isV6 ? 'ip6' : 'ip'} daddr ${formatIpPrefix(prefix)} `);
        const range = ports === null ? '' : ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
        const dports = ports === null ? [''] : protocolsOf(ports).map((protocol) => `${protocol} dport ${range} `);
        for (const end of ends) for (const dport of dports) matches.add(`    ${end}${dport}accept`);
      }
    }
    yield* [
      'table inet dpi_snapshot',
      'delete table inet dpi_snapshot',
      'table inet dpi_snapshot {',
      '  chain output {',
      '    type filter hook output priority filter; policy drop;',
      '    ct state established,related accept',
      '    oifname "lo" accept',
      // Without neighbour discovery IPv6 reaches nothing (RFC 4861).
      '    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept',
      ...[...matches].sort(),
      '  }',
      '}',
    ];
  },
};
