import { DpiError } from '../common/error.js';
import { parseIpPrefix } from '../common/ip-prefix.js';
import { findJsonElements, findJsonError, findJsonValue } from '../common/json-position.js';
import { shortened } from '../common/shortened.js';
import { parseDomainPattern } from '../policy/domain-pattern.js';
import { parsePortRange } from '../policy/port-rules.js';
import { RuleError } from '../policy/rule.js';
import { jsonOf } from './jsonc.js';
import {
  type ContactEntry,
  LEFT_OUT_KINDS,
  type LeftOutKind,
  type LookupEntry,
  SNAPSHOT_VERSION,
  type Snapshot,
  TLS_VERSIONS,
} from './model.js';
import { isNamePattern } from './targets.js';

const FILE_KEYS = ['$schema', 'snapshot_version', 'comment', 'roles', 'include', 'contacts', 'lookups'];
const CONTACT_KEYS = ['client', 'to', 'port', 'protocol', 'label', 'min_tls', 'optional', 'comment'];
const LOOKUP_KEYS = ['client', 'name', 'optional', 'comment'];
/** Protocols without ports, as contacts name them. */
const BARE_PORT = /^[a-z][a-z0-9-]*$/;
const ROLE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** A snapshot with the place of each entry in its file. */
export interface ParsedSnapshot {
  readonly snapshot: Snapshot;
  /** Line of each contact and each look-up, from 1. */
  readonly contactLines: readonly number[];
  readonly lookupLines: readonly number[];
}

type Path = readonly PropertyKey[];

/** Reads a snapshot: JSON with comments. Throws DpiError "bad-snapshot" with the file, line and column. */
export function parseSnapshot(text: string, fileName: string): ParsedSnapshot {
  const json = jsonOf(text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text);
  const error = findJsonError(json);
  if (error !== null) {
    const { line, column, problem } = error;
    throw new DpiError('bad-snapshot', `${fileName} is no snapshot: line ${line}, column ${column}: ${problem}`);
  }
  const reader = new SnapshotReader(json, fileName);
  return reader.read(JSON.parse(json));
}

/** Walks parsed JSON with the path of the value at hand, so that every complaint names its place. */
class SnapshotReader {
  constructor(
    private readonly json: string,
    private readonly fileName: string,
  ) {}

  read(value: unknown): ParsedSnapshot {
    const file = this.object(value, [], FILE_KEYS);
    if (file.snapshot_version !== SNAPSHOT_VERSION) {
      const isNewer = typeof file.snapshot_version === 'number' && file.snapshot_version > SNAPSHOT_VERSION;
      const hint = isNewer ? 'it was written by a newer dpi' : `expected "snapshot_version": ${SNAPSHOT_VERSION}`;
      this.fail(['snapshot_version'], hint);
    }
    const roles = this.roles(file.roles);
    const contacts = this.list(file.contacts, ['contacts']).map((one, i) => this.contact(one, ['contacts', i], roles));
    const lookups = this.list(file.lookups, ['lookups']).map((one, i) => this.lookup(one, ['lookups', i], roles));
    const include = this.list(file.include, ['include']).map((one, i) => this.kind(one, ['include', i]));
    return {
      snapshot: { roles, include, contacts, lookups },
      contactLines: linesOf(this.json, 'contacts'),
      lookupLines: linesOf(this.json, 'lookups'),
    };
  }

  private roles(value: unknown): ReadonlyMap<string, readonly string[]> {
    if (value === undefined) return new Map();
    const roles = this.object(value, ['roles'], null);
    return new Map(
      Object.entries(roles).map(([role, texts]) => {
        if (!ROLE.test(role)) this.fail(['roles', role], `'${shortened(role)}' is no name for a role`);
        const prefixes = this.list(texts, ['roles', role]).map((one, i) => {
          const text = this.text(one, ['roles', role, i]);
          if (parseIpPrefix(text) === null)
            this.fail(['roles', role, i], `'${shortened(text)}' is no address or prefix`);
          return text;
        });
        if (prefixes.length === 0) this.fail(['roles', role], 'the role has no address');
        return [role, prefixes] as const;
      }),
    );
  }

  private contact(value: unknown, path: Path, roles: Snapshot['roles']): ContactEntry {
    const entry = this.object(value, path, CONTACT_KEYS);
    const at = (key: string) => [...path, key];
    const minTls = this.optionalText(entry.min_tls, at('min_tls'));
    if (minTls !== null && !TLS_VERSIONS.includes(minTls)) {
      this.fail(at('min_tls'), `'${shortened(minTls)}' is none of ${TLS_VERSIONS.join(', ')}`);
    }
    return {
      client: this.client(entry.client, at('client'), roles),
      to: this.target(entry.to, at('to'), roles),
      port: this.port(entry.port, at('port')),
      protocol: this.optionalText(entry.protocol, at('protocol'))?.toLowerCase() ?? null,
      label: this.optionalText(entry.label, at('label')),
      minTls,
      isOptional: this.flag(entry.optional, at('optional')),
    };
  }

  private lookup(value: unknown, path: Path, roles: Snapshot['roles']): LookupEntry {
    const entry = this.object(value, path, LOOKUP_KEYS);
    return {
      client: this.client(entry.client, [...path, 'client'], roles),
      name: this.name(this.text(entry.name, [...path, 'name']), [...path, 'name']),
      isOptional: this.flag(entry.optional, [...path, 'optional']),
    };
  }

  private client(value: unknown, path: Path, roles: Snapshot['roles']): string | null {
    const client = this.optionalText(value, path);
    if (client !== null && !roles.has(client)) this.fail(path, `"roles" has no '${shortened(client)}'`);
    return client;
  }

  private target(value: unknown, path: Path, roles: Snapshot['roles']): string {
    const text = this.text(value, path);
    if (text.startsWith('@')) {
      if (!roles.has(text.slice(1))) this.fail(path, `"roles" has no '${shortened(text.slice(1))}'`);
      return text;
    }
    if (text === '*' || !isNamePattern(text)) return text;
    if (/^[\d.:/]+$/.test(text)) this.fail(path, `'${shortened(text)}' is no address or prefix`);
    return this.name(text, path);
  }

  /** Lenient: a name that no rule may have is taken as it is, since the wire may show any. */
  private name(text: string, path: Path): string {
    if (text === '') this.fail(path, 'the name is empty');
    if (text.startsWith('=')) this.fail(path, "a name stands for itself only, without '='");
    if (text.slice(1).includes('*')) this.fail(path, "'*' stands only at the front, as in *.example.com");
    try {
      return parseDomainPattern(text);
    } catch (error) {
      if (error instanceof RuleError) return text.toLowerCase();
      throw error;
    }
  }

  private port(value: unknown, path: Path): string | null {
    const text = this.optionalText(value, path)?.toLowerCase() ?? null;
    if (text === null || text === '*') return null;
    const range = parsePortRange(text);
    if (typeof range === 'string' && !BARE_PORT.test(text)) {
      this.fail(path, `'${shortened(text)}' ${range}; expected a port such as tcp/443, 8000-8099 or icmp`);
    }
    return text;
  }

  private kind(value: unknown, path: Path): LeftOutKind {
    const kind = LEFT_OUT_KINDS.find((known) => known === value);
    if (kind === undefined) this.fail(path, `expected one of ${LEFT_OUT_KINDS.join(', ')}`);
    return kind;
  }

  private object(value: unknown, path: Path, keys: readonly string[] | null): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail(path, 'expected an object');
    const unknown = keys === null ? undefined : Object.keys(value).find((key) => !keys.includes(key));
    if (unknown !== undefined) {
      this.fail([...path, unknown], `the key '${shortened(unknown)}' is not known; known are ${keys!.join(', ')}`);
    }
    return value as Record<string, unknown>;
  }

  private list(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.fail(path, 'expected a list');
    return value;
  }

  private text(value: unknown, path: Path): string {
    if (typeof value !== 'string') this.fail(path, 'expected a text');
    return value.trim();
  }

  private optionalText(value: unknown, path: Path): string | null {
    return value === undefined || value === null ? null : this.text(value, path);
  }

  private flag(value: unknown, path: Path): boolean {
    if (value !== undefined && typeof value !== 'boolean') this.fail(path, 'expected true or false');
    return value === true;
  }

  private fail(path: Path, problem: string): never {
    const { line, column } = findJsonValue(this.json, path);
    const where = path.length === 0 ? '' : ` (${path.join('.')})`;
    throw new DpiError('bad-snapshot', `${this.fileName}: line ${line}, column ${column}${where}: ${problem}`);
  }
}

/** The line on which each element of a list begins, from 1. */
function linesOf(json: string, list: string): number[] {
  let line = 1;
  let at = 0;
  return findJsonElements(json, [list]).map(({ start }) => {
    for (let next = json.indexOf('\n', at); next !== -1 && next < start; next = json.indexOf('\n', at)) {
      line++;
      at = next + 1;
    }
    return line;
  });
}
