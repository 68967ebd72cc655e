/** Tests of single connections, of which the conditions of `--fail-on` and `--only` consist. */
import { type AppTable, UNKNOWN_APP } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { RuleType } from '../../core/policy/rule.js';
import { parseRulePattern, RULE_TYPES, type RulePattern } from '../../core/policy/rule-kinds.js';
import { RuleSet } from '../../core/policy/rule-set.js';
import { type ConnectionProof, keepProof } from '../../core/report/connection-proof.js';
import type { ConnectionRecord, FindingRow } from '../../core/report/model.js';
import { RecordMatcher } from '../../core/report/record-matcher.js';

export type ConnectionTest = (connection: ConnectionRecord) => boolean;

interface ParsedTest {
  /** "type:value", canonical. */
  readonly id: string;
  readonly type: RuleType | 'tls';
  readonly value: string;
  readonly test: ConnectionTest;
}

const ONLY_EXPECTED =
  "'app:NAME', 'domain:NAME', 'category:NAME', 'proto:NAME', 'ip:ADDRESS', 'port:PORT' or 'tls:>=1.2'";
/** Versions of TLS and DTLS as records name them, oldest first. */
const TLS_VERSIONS = ['SSL 2.0', 'SSL 3.0', '1.0', '1.1', '1.2', '1.3'];

/** Counts the connections that a test finds, and keeps the first ones as proof where that is asked for. */
export class ConnectionCount {
  private connections = 0;
  private packets = 0;
  private bytes = 0;

  constructor(
    readonly condition: string,
    private readonly test: ConnectionTest,
    /** Filled as connections are added; null for none. */
    readonly proofs: ConnectionProof[] | null = null,
  ) {}

  add(connection: ConnectionRecord): void {
    if (!this.test(connection)) return;
    if (this.proofs !== null) keepProof(this.proofs, connection);
    this.connections++;
    this.packets += connection.packets;
    this.bytes += connection.bytes;
  }

  /** Null when there was none. */
  get finding(): FindingRow | null {
    const { condition, connections, packets, bytes } = this;
    return connections === 0 ? null : { condition, connections, packets, bytes };
  }
}

/** Reads `type:value` as rules are written, `app:UNKNOWN` and `tls:<1.2`. Throws DpiError, which names `option`. */
export function parseTest(text: string, apps: AppTable, option: string, expected: string): ParsedTest {
  const [, word = '', rest = ''] = /^\s*(\w+)\s*:\s*(.+?)\s*$/.exec(text) ?? [];
  const type = word.toLowerCase();
  if (type === 'tls') return tlsTest(rest, text, option);
  if (!(RULE_TYPES as readonly string[]).includes(type)) {
    throw new DpiError('bad-condition', `${option} takes ${expected}, not '${text}'`);
  }
  if (type === 'app' && rest.toUpperCase() === UNKNOWN_APP) {
    return { id: `app:${UNKNOWN_APP}`, type, value: UNKNOWN_APP, test: ({ app }) => app === UNKNOWN_APP };
  }
  const pattern = parseRulePattern(rest, appNamesOf(apps), type as RuleType);
  const matcher = new RecordMatcher(ruleSetOf([pattern]), apps);
  const test: ConnectionTest = (connection) =>
    matcher.matchesConnection(connection) || connection.domains.some((name) => matcher.matchesName(name));
  return { id: `${pattern.type}:${pattern.value}`, ...pattern, test };
}

/**
 * Counts the connections that none of the tests of `--only` accepts. A DNS connection may ask for many names: each has
 * to be accepted.
 */
export function onlyCount(
  texts: readonly string[],
  apps: AppTable,
  proofs: ConnectionProof[] | null = null,
): ConnectionCount {
  const parsed = texts.map((text) => parseTest(text, apps, '--only', ONLY_EXPECTED));
  const patterns = parsed.filter((one): one is ParsedTest & RulePattern => one.type !== 'tls');
  const matcher = new RecordMatcher(ruleSetOf(patterns.filter(({ value }) => value !== UNKNOWN_APP)), apps);
  const takesUnknown = patterns.some(({ value }) => value === UNKNOWN_APP);
  const asksOthers = (connection: ConnectionRecord) =>
    connection.detected_by === 'dns' &&
    connection.domains.length > 1 &&
    !takesUnknown &&
    connection.domains.some((name) => !matcher.matchesNameOrApp(name));
  const byEnds = parsed.filter(({ type }) => type === 'ip' || type === 'port' || type === 'proto');
  const isOther: ConnectionTest = (connection) => {
    if (byEnds.some(({ test }) => test(connection))) return false;
    return asksOthers(connection) || !parsed.some(({ test }) => test(connection));
  };
  return new ConnectionCount(`anything but ${parsed.map(({ id }) => id).join(', ')}`, isOther, proofs);
}

/** Rules of all patterns, compiled to be asked whether any matches. */
export function ruleSetOf(patterns: readonly RulePattern[]): RuleSet {
  const groups = patterns.map(
    ({ type, value }) =>
      ({ type, action: 'block', values: [value], comment: null, expiresMs: null, createdMs: 0 }) as const,
  );
  return RuleSet.compile(groups, 0);
}

/** `<1.2`, `<=1.1`, `1.0`, `>=1.2`, `>1.2`, `ssl 3.0`: by the version that a record names. */
function tlsTest(value: string, text: string, option: string): ParsedTest {
  const [, comparison = '', version = ''] = /^(<=|>=|<|>|=)?\s*(.+)$/.exec(value) ?? [];
  const wanted = TLS_VERSIONS.indexOf(version.toUpperCase());
  if (wanted === -1) {
    throw new DpiError('bad-condition', `${option}: '${text}' names no version; expected tls:<1.2 or tls:1.0`);
  }
  const test: ConnectionTest = ({ tls_version }) => {
    const own = tls_version === null ? -1 : TLS_VERSIONS.indexOf(tls_version);
    if (own === -1) return false;
    if (comparison === '<') return own < wanted;
    if (comparison === '<=') return own <= wanted;
    if (comparison === '>') return own > wanted;
    return comparison === '>=' ? own >= wanted : own === wanted;
  };
  const shown = `${comparison === '=' ? '' : comparison}${TLS_VERSIONS[wanted]}`;
  return { id: `tls:${shown}`, type: 'tls', value: shown, test };
}
