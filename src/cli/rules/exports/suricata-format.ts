import { COVERS_EXACT, COVERS_SUBDOMAINS, coverOf, domainNameOf } from '../../../core/policy/domain-pattern.js';
import { parsePortRange } from '../../../core/policy/port-rules.js';
import type { Rule } from '../../../core/policy/rule.js';
import type { ExportFormat } from './export-format.js';

/** The range that Suricata's documentation sets aside for one's own rules starts here. */
const FIRST_SID = 1_000_001;
const NAME_BUFFERS: readonly [protocol: string, buffer: string][] = [
  ['tls', 'tls.sni'],
  ['quic', 'quic.sni'],
  ['http', 'http.host'],
  ['dns', 'dns.query'],
];

/** Suricata 7 rules for inline mode (`drop`, `pass`). Suricata tries `pass` first by default, as allow wins here. */
export const SURICATA_EXPORT: ExportFormat = {
  name: 'suricata',
  commentMark: '#',
  appsAs: 'domain',
  description: 'Suricata rules: addresses, ports and domains',
  *write(rules, leaveOut) {
    let sid = FIRST_SID;
    for (const rule of rules) {
      const signatures = signaturesOf(rule);
      if (signatures.length === 0)
        leaveOut(rule, `left out: Suricata has no match for ${rule.type} rules such as this`);
      for (const [header, options] of signatures) {
        const action = rule.action === 'allow' ? 'pass' : 'drop';
        yield `${action} ${header} (msg:"dpi ${rule.id.replace(/:/, ' ')}"; ${options}sid:${sid++}; rev:1;)`;
      }
    }
  },
};

function signaturesOf({ type, value }: Rule): [header: string, options: string][] {
  if (type === 'ip') return [[`ip ${value} any <> any any`, '']];
  if (type === 'domain') {
    return NAME_BUFFERS.map(([protocol, buffer]) => [
      `${protocol} any any -> any any`,
      `${buffer}; ${nameMatch(value)} `,
    ]);
  }
  if (type !== 'port') return [];
  const range = parsePortRange(value);
  // Suricata's port matches are for TCP and UDP; SCTP is left out.
  if (typeof range === 'string' || range.protocol === 'sctp') return [];
  const ports = range.from === range.to ? `${range.from}` : `[${range.from}:${range.to}]`;
  const protocols = range.protocol === null ? ['tcp', 'udp'] : [range.protocol];
  return protocols.map((protocol) => [`${protocol} any any -> any ${ports}`, 'flow:to_server; ']);
}

function nameMatch(value: string): string {
  const name = domainNameOf(value);
  if (coverOf(value) === COVERS_EXACT) return `content:"${name}"; nocase; startswith; endswith;`;
  const dotted = `content:".${name}"; nocase; endswith;`;
  return coverOf(value) === COVERS_SUBDOMAINS ? dotted : `dotprefix; ${dotted}`;
}
