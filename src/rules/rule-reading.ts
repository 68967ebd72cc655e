import { COVERS_EXACT, COVERS_SUBDOMAINS, coverOf, domainNameOf } from '../core/policy/domain-pattern.js';
import { type AppNames, RuleError, type RuleType, ruleId } from '../core/policy/rule.js';
import { parseRulePattern, type RulePattern } from '../core/policy/rule-kinds.js';
import { broadRuleWarnings } from './broad-rules.js';

/** How a text would be read as a rule. */
export interface RuleReading {
  /** Null where the text is no rule. */
  readonly pattern: RulePattern | null;
  /** What the rule matches, in words; null where there is none. */
  readonly matches: string | null;
  /** The app that the name of a domain rule belongs to, or null. */
  readonly app: string | null;
  /** Why the text is no rule: the sentence of `dpi rules add`; null for a rule. */
  readonly problem: string | null;
  /** Rules that may be meant instead, as type:value, likeliest first. */
  readonly suggestions: readonly string[];
  /** Sentences of `dpi rules add` about rules that match more, or less, than their author may think. */
  readonly warnings: readonly string[];
}

/** Reads `text` as `dpi rules add` does; `type` null recognizes the type. Never throws for a text. */
export function readRule(text: string, type: RuleType | null, apps: AppNames): RuleReading {
  try {
    return described(parseRulePattern(text, apps, type), apps);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const { message, suggestions } = error;
    return { pattern: null, matches: null, app: null, problem: message, suggestions, warnings: [] };
  }
}

function described(pattern: RulePattern, apps: AppNames): RuleReading {
  const { type, value } = pattern;
  const app = type === 'domain' ? apps.ofHost(domainNameOf(value)) : null;
  const group = { type, action: 'block', values: [value], comment: null, expiresMs: null, createdMs: 0 } as const;
  return {
    pattern,
    matches: wordsOf(pattern),
    app,
    problem: null,
    suggestions: app === null ? [] : [ruleId('app', app)],
    warnings: broadRuleWarnings([group], apps),
  };
}

function wordsOf({ type, value }: RulePattern): string {
  switch (type) {
    case 'ip':
      return value.includes('/') ? `all addresses of ${value}` : `the address ${value}`;
    case 'port':
      return portWords(value);
    case 'domain':
      return domainWords(value);
    case 'app':
      return `the app ${value} with its parts`;
    case 'category':
      return `all apps of the category ${value}`;
    case 'proto':
      return `connections that speak ${value}`;
    case 'limit':
      return 'connections that a limit left partly unread';
  }
}

function domainWords(value: string): string {
  const name = domainNameOf(value);
  const cover = coverOf(value);
  if (cover === COVERS_EXACT) return `${name} without its subdomains`;
  return cover === COVERS_SUBDOMAINS ? `the subdomains of ${name}, not the name itself` : `${name} and its subdomains`;
}

/** Ports are those of the responder. */
function portWords(value: string): string {
  const [range = '', protocol = 'any protocol'] = value.split('/').reverse();
  const ports = range.includes('-') ? `ports ${range.replace('-', ' to ')}` : `port ${range}`;
  return `${ports} of servers, ${protocol === 'any protocol' ? protocol : protocol.toUpperCase()}`;
}
