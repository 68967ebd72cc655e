import { formatIpPrefix } from '../../../core/common/ip-prefix.js';
import { isDomainPattern } from '../../../core/policy/domain-pattern.js';
import { endsOf, NO_PORTS, ODD_NAME, portsOf, type SnapshotExport } from './snapshot-export.js';

/** Rules of `dpi`: the contacts and look-ups are allowed, everything else is blocked. */
export const DPI_RULES_EXPORT: SnapshotExport = {
  name: 'dpi-rules',
  description: "rules for 'dpi rules import': the contacts are allowed, all else is blocked",
  *write(snapshot, leaveOut) {
    const allowed = new Map<string, string>();
    const allow = (type: string, value: string) => {
      allowed.set(`${type}:${value}`, JSON.stringify({ type, value, action: 'allow' }));
    };
    for (const entry of snapshot.contacts) {
      const { name, prefixes, isAny } = endsOf(entry, snapshot);
      const ports = portsOf(entry);
      const pattern = name === null ? null : exactPattern(name);
      if (isAny) {
        if (entry.port === null || ports === 'none') leaveOut(entry, NO_PORTS);
        else allow('port', entry.port);
        continue;
      }
      if (pattern !== null && !isDomainPattern(pattern)) leaveOut(entry, ODD_NAME);
      else if (pattern !== null) allow('domain', pattern);
      for (const prefix of prefixes) allow('ip', formatIpPrefix(prefix));
      if (ports !== null) leaveOut(entry, 'allowed on every port: rules know a host or a port');
    }
    for (const { name } of snapshot.lookups) {
      if (isDomainPattern(exactPattern(name))) allow('domain', exactPattern(name));
    }
    const blocked = ['0.0.0.0/0', '::/0'].map((value) => JSON.stringify({ type: 'ip', value, action: 'block' }));
    const rules = [...[...allowed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule), ...blocked];
    yield '{';
    yield '  "schema_version": 1,';
    yield '  "rules": [';
    yield* rules.map((rule, i) => `    ${rule}${i < rules.length - 1 ? ',' : ''}`);
    yield '  ]';
    yield '}';
  },
};

/** A rule for a name without its subdomains. */
function exactPattern(name: string): string {
  return name.startsWith('*.') ? name : `=${name}`;
}
