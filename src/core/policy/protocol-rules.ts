import { editDistance } from '../classify/edit-distance.js';
import { PROTOCOL_ALIASES, PROTOCOLS } from '../classify/protocol-list.js';
import { NamedRules } from './named-rules.js';
import { RuleError, ruleId } from './rule.js';
import type { RuleKind } from './rule-kind.js';

const EXPECTED = 'a protocol such as ssh, dns or bittorrent';
const MOST_SUGGESTIONS = 3;

/** Rules of type `proto`: the connection speaks the protocol, as its `app_protocol` says. */
export const PROTOCOL_RULES: RuleKind = {
  type: 'proto',
  expected: EXPECTED,
  // Protocols share their names with apps (zoom) and categories (dns): the type has to be stated.
  looksLike: () => false,
  parse(text) {
    const word = text.trim().toLowerCase();
    const name = PROTOCOL_ALIASES.get(word) ?? word;
    if (PROTOCOLS.includes(name)) return name;
    const near = nearProtocols(word);
    throw new RuleError(
      'unknown-protocol',
      `no protocol is called '${text}'; ${hintFor(word, near)}`,
      near.map((protocol) => ruleId('proto', protocol)),
    );
  },
  // A store may hold the name of a newer version.
  isCanonical: (value) => /^[a-z0-9][a-z0-9.+-]{0,31}$/.test(value),
  tooBroad: () => null,
  candidates: (value) => [value],
  compareWidth: () => 0,
  compile(slices) {
    const rules = new NamedRules(slices);
    return {
      protocol: {
        find: (protocol) => rules.findOne(protocol),
        findAll: (protocol, into) => rules.findAll([protocol], into),
      },
    };
  },
};

function nearProtocols(word: string): string[] {
  if (word === 'tcp' || word === 'udp') return [];
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const near = PROTOCOLS.filter((name) => editDistance(word, name) <= allowed || name.startsWith(`${word}-`));
  return near.slice(0, MOST_SUGGESTIONS);
}

function hintFor(word: string, near: readonly string[]): string {
  if (word === 'tcp' || word === 'udp') return `a rule for every port is port:${word}/1-65535`;
  return near.length === 0 ? `expected ${EXPECTED}` : `did you mean ${near.join(' or ')}?`;
}
