import { DpiError } from '../../core/common/error.js';
import { findJsonError, findJsonValue } from '../../core/common/json-position.js';
import { type AppNames, type RuleAction, RuleError, type RuleGroup, type RuleType } from '../../core/policy/rule.js';
import { formatMoment, parseMoment } from '../../core/policy/rule-expiry.js';
import type { RuleKind } from '../../core/policy/rule-kind.js';
import { RULE_KINDS, ruleKindOf } from '../../core/policy/rule-kinds.js';
import type { StoredRules } from '../../rules/rule-store.js';

/**
 * Rules as a JSON document: the store's file, the cached copy of a Redis store, and what `rules export` writes. Each
 * entry of `rules` has one `value` or many `values`; the latter keep a million imported names small and quick to read.
 */
export const RULES_SCHEMA_VERSION = 1;
const BYTE_ORDER_MARK = '\ufeff';

export interface RulesDocument extends StoredRules {
  /** When a cached copy was read from its store, milliseconds since the epoch; null for any other document. */
  readonly savedMs: number | null;
}

/** What turns a document of the version before into one of this version, by the version it starts from. */
const MIGRATIONS: ReadonlyMap<number, (document: Record<string, unknown>) => Record<string, unknown>> = new Map([
  // Version 0: a bare list of rules, or an object that does not say its version.
  [0, (document) => ({ ...document, schema_version: 1 })],
]);

/** Documents may hold any app name: it may come from a newer version, or from an app file that is not loaded. */
const ANY_APP: AppNames = {
  find: (text) => text.trim().toUpperCase(),
  suggest: () => [],
  lineage: (app) => ({ names: [app], category: null }),
  ofHost: () => null,
};

/**
 * Reads a document. `source` names it in errors. Throws DpiError "bad-rules-document" with line and column for text
 * that is not JSON or breaks the schema, "newer-rules-document" for a schema version of the future.
 */
export async function parseRulesDocument(content: string, source: string): Promise<RulesDocument> {
  const text = content.startsWith(BYTE_ORDER_MARK) ? content.slice(1) : content;
  const document = migrate(parseJson(text, source), source);
  const head = documentHead(document);
  const groups = head === null ? null : fastGroups(document.rules);
  if (head !== null && groups !== null) return { ...head, groups };
  return explainOrMend(document, text, source);
}

/** The document as pieces of text, one value a line, long lists as several entries; `saved` marks a cached copy. */
export function* formatRulesDocument(rules: StoredRules, savedMs: number | null = null): Generator<string> {
  yield `{\n  "schema_version": ${RULES_SCHEMA_VERSION},\n  "version": ${rules.version},\n`;
  if (savedMs !== null) yield `  "saved": "${formatMoment(savedMs)}",\n`;
  yield '  "rules": [';
  let separator = '\n';
  for (const { type, action, comment, expiresMs, createdMs, values } of rules.groups) {
    const head = JSON.stringify({
      type,
      action,
      comment: comment ?? undefined,
      expires: expiresMs === null ? undefined : formatMoment(expiresMs),
      created: createdMs === 0 ? undefined : formatMoment(createdMs),
    });
    for (let from = 0; from < values.length; from += VALUES_PER_ENTRY) {
      const lines: string[] = [];
      const end = Math.min(from + VALUES_PER_ENTRY, values.length);
      for (let at = from; at < end; at++) lines.push(`      ${JSON.stringify(values.at(at))}`);
      yield `${separator}    ${head.slice(0, -1)},"values":[\n${lines.join(',\n')}\n    ]}`;
      separator = ',\n';
    }
  }
  yield separator === '\n' ? ']\n}\n' : '\n  ]\n}\n';
}

/**
 * Few enough that a reader can yield between entries. Reading one very long list also makes V8 visit all values read so
 * far in each of many young-generation collections.
 */
const VALUES_PER_ENTRY = 10_000;

/** The error for the value at `path` of a JSON text: one sentence with line and column. */
function documentError(text: string, source: string, path: readonly PropertyKey[], problem: string): DpiError {
  const { line, column } = findJsonValue(text, path);
  const where = path.length === 0 ? '' : ` (${path.join('.')})`;
  return new DpiError(
    'bad-rules-document',
    `${source} is damaged at line ${line}, column ${column}${where}: ${problem}`,
  );
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (text.trim() === '')
      throw new DpiError('bad-rules-document', `${source} is empty; a rules file without rules holds {"rules":[]}`);
    const { line, column, problem } = findJsonError(text)!;
    throw new DpiError('bad-rules-document', `${source} is damaged at line ${line}, column ${column}: ${problem}`);
  }
}

function migrate(parsed: unknown, source: string): Record<string, unknown> {
  let document = (Array.isArray(parsed) ? { rules: parsed } : parsed) as Record<string, unknown>;
  if (typeof document !== 'object' || document === null) {
    throw new DpiError('bad-rules-document', `${source} holds no rules: expected an object with a list "rules"`);
  }
  for (;;) {
    const version = document.schema_version ?? 0;
    if (typeof version === 'number' && version > RULES_SCHEMA_VERSION) {
      const message = `${source} was written by a newer dpi (schema version ${version}; this one reads up to ${RULES_SCHEMA_VERSION})`;
      throw new DpiError('newer-rules-document', message);
    }
    const step = typeof version === 'number' ? MIGRATIONS.get(version) : undefined;
    if (step === undefined) return document;
    document = step(document);
  }
}

/** The members of a document that hold for all of its rules; null where anything is out of the ordinary. */
export function documentHead(document: Record<string, unknown>): Omit<RulesDocument, 'groups'> | null {
  const { schema_version, version = 0, saved, rules: _, store: __, ...rest } = document;
  const isPlain = schema_version === RULES_SCHEMA_VERSION && Number.isSafeInteger(version) && (version as number) >= 0;
  const savedMs = saved === undefined ? null : parseMoment(String(saved));
  if (!isPlain || Number.isNaN(savedMs) || Object.keys(rest).length > 0) return null;
  return { version: version as number, savedMs };
}

/** Checks by hand, since a document may hold a million values; null where anything is out of the ordinary. */
function fastGroups(rules: unknown): RuleGroup[] | null {
  if (!Array.isArray(rules)) return null;
  const groups: RuleGroup[] = [];
  for (const entry of rules as unknown[]) {
    const head = entryHead(entry);
    if (head === null) return null;
    const { value, values } = entry as Record<string, unknown>;
    const all = value === undefined ? values : values === undefined ? [value] : null;
    if (!areCanonical(all, ruleKindOf(head.type))) return null;
    groups.push({ ...head, values: all });
  }
  return groups;
}

/** The members of an entry that hold for all of its values; null where anything is out of the ordinary. */
export function entryHead(entry: unknown): Omit<RuleGroup, 'values'> | null {
  if (typeof entry !== 'object' || entry === null) return null;
  for (const key in entry) if (!ENTRY_KEYS.has(key)) return null;
  const { type, action, comment = null, expires, created } = entry as Record<string, unknown>;
  const kind = RULE_KINDS.find((candidate) => candidate.type === type);
  if (kind === undefined || (action !== 'block' && action !== 'allow')) return null;
  if (comment !== null && typeof comment !== 'string') return null;
  const expiresMs = moment(expires);
  const createdMs = moment(created) ?? 0;
  if (Number.isNaN(expiresMs) || Number.isNaN(createdMs)) return null;
  return { type: kind.type, action, comment, expiresMs, createdMs };
}

const ENTRY_KEYS: ReadonlySet<string> = new Set([
  'id',
  'type',
  'value',
  'values',
  'action',
  'comment',
  'expires',
  'created',
]);

export function areCanonical(values: unknown, kind: RuleKind): values is string[] {
  if (!Array.isArray(values)) return false;
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== 'string' || !kind.isCanonical(value)) return false;
  }
  return true;
}

function moment(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? parseMoment(value) : Number.NaN;
}

/** The slow way: zod words the error. Values edited by hand are brought into their canonical form. */
async function explainOrMend(document: Record<string, unknown>, text: string, source: string): Promise<RulesDocument> {
  const { RULES_SCHEMA } = await import('./rules-schema.js');
  const checked = RULES_SCHEMA.safeParse(document);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw documentError(text, source, issue.path, issue.message);
  }
  const groups = checked.data.rules.map((entry, index): RuleGroup => {
    const kind = RULE_KINDS.find(({ type }) => type === entry.type)!;
    const values = (entry.values ?? [entry.value!]).map((value, i) => {
      const path = ['rules', index, ...(entry.values === undefined ? ['value'] : ['values', i])];
      try {
        const canonical = kind.parse(value, ANY_APP);
        if (kind.isCanonical(canonical)) return canonical;
      } catch (error) {
        if (error instanceof RuleError) throw documentError(text, source, path, error.message);
        throw error;
      }
      throw documentError(text, source, path, `${JSON.stringify(value)} is not ${kind.expected}`);
    });
    return {
      type: entry.type as RuleType,
      action: entry.action as RuleAction,
      values,
      comment: entry.comment ?? null,
      expiresMs: moment(entry.expires),
      createdMs: moment(entry.created) ?? 0,
    };
  });
  return { version: checked.data.version ?? 0, groups, savedMs: moment(checked.data.saved) };
}
