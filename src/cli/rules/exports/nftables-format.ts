import { parsePortRange } from '../../../core/policy/port-rules.js';
import type { Rule, RuleAction } from '../../../core/policy/rule.js';
import type { ExportFormat } from './export-format.js';

/**
 * A ruleset for `nft -f`: addresses and ports in interval sets, allow before block, for forwarded and local packets.
 */
export const NFTABLES_EXPORT: ExportFormat = {
  name: 'nftables',
  commentMark: '#',
  appsAs: 'ip',
  description: 'an nftables ruleset: addresses and ports',
  *write(rules, leaveOut) {
    for (const rule of rules) {
      if (rule.type !== 'ip' && rule.type !== 'port')
        leaveOut(rule, 'left out: nftables sees addresses and ports only');
    }
    yield 'table inet dpi';
    yield 'delete table inet dpi';
    yield 'table inet dpi {';
    const matches: string[] = [];
    for (const action of ['allow', 'block'] as const) {
      const verdict = action === 'allow' ? 'accept' : 'drop';
      for (const set of setsOf(rules, action)) {
        yield* setLines(set);
        matches.push(...set.matches.map((match) => `    ${match} @${set.name} ${verdict}`));
      }
    }
    for (const hook of ['forward', 'input', 'output']) {
      yield `  chain ${hook} {`;
      yield `    type filter hook ${hook} priority filter; policy accept;`;
      yield* matches;
      yield '  }';
    }
    yield '}';
  },
};

interface NftSet {
  readonly name: string;
  readonly type: string;
  readonly elements: readonly string[];
  readonly matches: readonly string[];
}

function setsOf(rules: readonly Rule[], action: RuleAction): NftSet[] {
  const values = (type: string) =>
    rules.filter((rule) => rule.type === type && rule.action === action).map(({ value }) => value);
  const addresses = values('ip');
  const ports = values('port');
  const sets: NftSet[] = [
    {
      name: `${action}_ip4`,
      type: 'ipv4_addr',
      elements: addresses.filter((value) => !value.includes(':')),
      matches: ['ip saddr', 'ip daddr'],
    },
    {
      name: `${action}_ip6`,
      type: 'ipv6_addr',
      elements: addresses.filter((value) => value.includes(':')),
      matches: ['ip6 saddr', 'ip6 daddr'],
    },
    ...['tcp', 'udp', 'sctp'].map((protocol) => ({
      name: `${action}_${protocol}`,
      type: 'inet_service',
      elements: ports.flatMap((value) => portElement(value, protocol)),
      // The responder's port: where replies come from and where requests go.
      matches: [`ct direction original ${protocol} dport`, `ct direction reply ${protocol} sport`],
    })),
  ];
  return sets.filter(({ elements }) => elements.length > 0);
}

function portElement(value: string, protocol: string): string[] {
  const range = parsePortRange(value);
  if (typeof range === 'string' || (range.protocol !== null && range.protocol !== protocol)) return [];
  return [range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`];
}

function* setLines({ name, type, elements }: NftSet): Generator<string> {
  yield `  set ${name} {`;
  yield `    type ${type}`;
  yield '    flags interval';
  yield '    auto-merge';
  yield '    elements = {';
  for (const element of elements) yield `      ${element},`;
  yield '    }';
  yield '  }';
}
