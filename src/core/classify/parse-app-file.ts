import { DpiError } from '../common/error.js';
import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { findJsonError } from '../common/json-position.js';
import { type AppDefinition, CATEGORIES, withDefaults } from './app-definition.js';
import { UNKNOWN_APP } from './app-table.js';
import { canonicalName } from './canonical-host.js';
import { editDistance } from './edit-distance.js';
import { type ParsedAppFile, parseAppList } from './parse-app-list.js';

const FIELDS = [
  'name',
  'parent',
  'title',
  'category',
  'aliases',
  'domains',
  'per_country',
  'hosting',
  'hosting_per_country',
  'ranges',
  'hosting_ranges',
  'ranges_source',
  'source',
  'date',
  'comment',
];

/**
 * Reads a file of apps: JSON (`{"apps": [...]}`, an array of apps, or one app), or plain text with a domain or CIDR
 * prefix a line, which becomes one app named after the file. Names are put into upper case, domains into lower case and
 * punycode.
 *
 * @throws DpiError `app-file-invalid` that names the file, the field and what is wrong with it.
 */
export function parseAppFile(text: string, fileName: string): ParsedAppFile {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (!/^\s*[[{]/.test(content)) return parseAppList(content, fileName);
  const checker = new AppFileChecker(fileName);
  const apps = checker.apps(parseJson(content, fileName));
  return { apps, warnings: checker.warnings };
}

/** Walks parsed JSON with the path of the field at hand, so that every complaint names it. */
class AppFileChecker {
  readonly warnings: string[] = [];

  constructor(private readonly fileName: string) {}

  apps(value: unknown): AppDefinition[] {
    if (Array.isArray(value)) return value.map((app, i) => this.app(app, `[${i}]`));
    const file = this.object(value, '');
    if (!('apps' in file)) return [this.app(file, '')];
    for (const key of Object.keys(file)) {
      if (key !== 'apps' && key !== '$schema' && key !== 'comment') this.fail(key, 'is not a known field of the file');
    }
    return this.list(file.apps, 'apps').map((app, i) => this.app(app, `apps[${i}]`));
  }

  private app(value: unknown, path: string): AppDefinition {
    const app = this.object(value, path);
    const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
    for (const key of Object.keys(app)) {
      if (!FIELDS.includes(key)) this.fail(at(key), `is not a known field${nearestOf(key, FIELDS)}`);
    }
    const definition = withDefaults({
      name: this.name(app.name, at('name')),
      parent: app.parent === undefined ? undefined : this.name(app.parent, at('parent')),
      title: this.optional(app.title, at('title')),
      category: this.category(app.category, at('category')),
      aliases: this.each(app.aliases, at('aliases'), (alias, where) => this.name(alias, where)),
      domains: this.each(app.domains, at('domains'), (domain, where) => this.domain(domain, where)),
      per_country: this.perCountry(app.per_country, at('per_country')),
      hosting: this.each(app.hosting, at('hosting'), (domain, where) => this.domain(domain, where)),
      hosting_per_country: this.perCountry(app.hosting_per_country, at('hosting_per_country')),
      ranges: this.each(app.ranges, at('ranges'), (range, where) => this.range(range, where)),
      hosting_ranges: this.each(app.hosting_ranges, at('hosting_ranges'), (range, where) => this.range(range, where)),
      ranges_source: this.optional(app.ranges_source, at('ranges_source')),
      source: this.optional(app.source, at('source')),
      date: this.optional(app.date, at('date')),
    });
    const { domains, per_country, hosting, hosting_per_country, ranges, hosting_ranges } = definition;
    const lists = [
      domains,
      hosting,
      ranges,
      hosting_ranges,
      Object.keys(per_country),
      Object.keys(hosting_per_country),
    ];
    if (lists.every((list) => list.length === 0)) this.fail(path || 'the app', 'has neither domains nor ranges');
    return definition;
  }

  private name(value: unknown, path: string): string {
    const name = this.text(value, path).toUpperCase();
    if (!/^[A-Z0-9][A-Z0-9_]*$/.test(name)) {
      this.fail(path, `must be letters, digits and "_" only, not ${quote(value)}`);
    }
    if (name === UNKNOWN_APP) this.fail(path, `can't be ${UNKNOWN_APP}, the name for connections of no known app`);
    return name;
  }

  private category(value: unknown, path: string): AppDefinition['category'] | undefined {
    if (value === undefined) return undefined;
    const category = CATEGORIES.find((known) => known === value);
    if (category === undefined) {
      const near = typeof value === 'string' ? nearestOf(value, CATEGORIES) : '';
      this.fail(path, `is ${quote(value)}, not one of ${CATEGORIES.join(', ')}${near}`);
    }
    return category;
  }

  private domain(value: unknown, path: string): string {
    const domain = canonicalDomain(this.text(value, path));
    if (domain === '') {
      const forms = 'example.com, =example.com, *.example.com, pre*.example.com, *end.example.com';
      this.fail(path, `is ${quote(value)}, not a domain (${forms})`);
    }
    if (!domain.includes('.')) {
      this.warnings.push(`${this.fileName}: ${path} is ${quote(value)}, which takes in a whole top-level domain.`);
    }
    return domain;
  }

  private range(value: unknown, path: string): string {
    const range = this.text(value, path).trim();
    if (parseExactIpPrefix(range) === null) {
      this.fail(path, `is ${quote(value)}, not an IP address or CIDR prefix (192.0.2.0/24, 2001:db8::/32)`);
    }
    return range;
  }

  private perCountry(value: unknown, path: string): Record<string, string[]> | undefined {
    if (value === undefined) return undefined;
    const checked: Record<string, string[]> = {};
    for (const [label, suffixes] of Object.entries(this.object(value, path))) {
      const where = `${path}.${label}`;
      const name = canonicalName(label);
      if (name === '' || name.includes('.')) this.fail(where, 'must be one label of a domain name');
      checked[name] = this.list(suffixes, where).map((suffix, i) => {
        const text = canonicalName(this.text(suffix, `${where}[${i}]`));
        if (text === '') this.fail(`${where}[${i}]`, `is ${quote(suffix)}, not a domain suffix (de, co.uk)`);
        return text;
      });
    }
    return checked;
  }

  private each<T>(value: unknown, path: string, check: (item: unknown, path: string) => T): T[] | undefined {
    if (value === undefined) return undefined;
    return this.list(value, path).map((item, i) => check(item, `${path}[${i}]`));
  }

  private optional(value: unknown, path: string): string | undefined {
    return value === undefined ? undefined : this.text(value, path);
  }

  private text(value: unknown, path: string): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    return this.fail(path, value === undefined ? 'is missing' : `must be text, not ${quote(value)}`);
  }

  private list(value: unknown, path: string): unknown[] {
    return Array.isArray(value) ? value : this.fail(path, 'must be a list');
  }

  private object(value: unknown, path: string): Record<string, unknown> {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : this.fail(path || 'the file', 'must be an object of fields');
  }

  private fail(path: string, problem: string): never {
    throw new DpiError('app-file-invalid', `App file ${this.fileName}: ${path} ${problem}.`);
  }
}

/** A domain in one of the forms of AppDefinition with case and IDN normalised; '' when it has none of them. */
export function canonicalDomain(text: string): string {
  const [, mark = '', name = ''] = /^(=|[a-z0-9_.-]*\*\.|\*[a-z0-9_-]+\.)?(.*)$/is.exec(text.trim())!;
  const base = canonicalName(name);
  return base === '' ? '' : mark.toLowerCase() + base;
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column, problem } = findJsonError(text)!;
    throw new DpiError('app-file-invalid', `App file ${fileName}, line ${line}, column ${column}: ${problem}.`);
  }
}

function quote(value: unknown): string {
  // JSON.stringify would use up the stack on a value that nests deep.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function nearestOf(wrong: string, known: readonly string[]): string {
  const near = known.find((word) => editDistance(wrong, word) <= 2);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}
