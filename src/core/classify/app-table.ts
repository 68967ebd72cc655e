import { asciiFormOf } from '../common/ascii-name.js';
import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { PrefixList, PrefixTable } from '../common/prefix-table.js';
import type { AppDefinition } from './app-definition.js';
import { SuffixIndex } from './suffix-index.js';

/** What reports show of a connection that belongs to no known app; its app id is 0. */
export const UNKNOWN_APP = 'UNKNOWN';

/** Bit of an entry's app column. */
const HOSTING = 1;
/** ::ffff:0:0/96, an IPv4 address as IPv6 sockets write it (RFC 4291 §2.5.5.2). */
const MAPPED_WORD = 0xffff;
/** 64:ff9b::/96, an IPv4 address behind NAT64 (RFC 6052 §2.1). */
const NAT64_WORD = 0x0064ff9b;

/** An app of the table: its definitions merged. */
export interface AppInfo {
  readonly id: number;
  readonly name: string;
  /** The app that it is a part of, null for none. */
  readonly parent: string | null;
  readonly title: string;
  readonly category: string;
  readonly aliases: readonly string[];
  readonly source: string;
  readonly date: string;
}

/** An app as rules see it: a rule for an app covers its parts, too. */
export interface AppLineage {
  /** The app itself, its parent, and so on up to the group. */
  readonly names: readonly string[];
  /** Null for an app that is not in the table. */
  readonly category: string | null;
}

/**
 * Which host names and addresses belong to which app. Apps are small ids from 1, 0 is UNKNOWN. Domains and ranges share
 * one numbering of entries, from 0: an entry proves an app, and its text is the evidence that reports show.
 */
export class AppTable {
  /** The first definition of each app, with the aliases of all, by id less 1. */
  private readonly heads: AppDefinition[] = [];
  /** By id less 1: id of the app that it is a part of, 0 for none. */
  private readonly parents: Uint16Array;
  /** By id less 1. */
  private readonly lineages: readonly AppLineage[];
  private readonly texts: string[] = [];
  /** App id of each entry, shifted left, and 1 where the owner serves other people's content. */
  private readonly apps: number[] = [];
  private readonly domainCount: number;
  private readonly names: SuffixIndex;
  private ranges4: PrefixTable | null = null;
  private ranges6: PrefixTable | null = null;
  private readonly idsByName: ReadonlyMap<string, number>;

  /**
   * Definitions as a validator let them pass. Later ones win: an app of the same name is extended, the same domain or
   * range moves to the later app.
   */
  constructor(definitions: readonly AppDefinition[]) {
    const ids = new Map<string, number>();
    for (const definition of definitions) {
      const known = ids.get(definition.name);
      const id = known ?? this.heads.length + 1;
      if (known === undefined) ids.set(definition.name, id);
      this.heads[id - 1] = known === undefined ? definition : extended(this.heads[id - 1]!, definition);
      this.add(definition.domains, id << 1);
      this.spread(definition.per_country, id << 1);
      this.add(definition.hosting, (id << 1) | HOSTING);
      this.spread(definition.hosting_per_country, (id << 1) | HOSTING);
    }
    this.domainCount = this.texts.length;
    this.names = new SuffixIndex(this.texts);
    for (const definition of definitions) {
      const id = ids.get(definition.name)!;
      this.add(definition.ranges, id << 1);
      this.add(definition.hosting_ranges, (id << 1) | HOSTING);
    }
    this.idsByName = idsOf(this.heads);
    this.parents = parentsOf(this.heads, this.idsByName);
    this.lineages = this.heads.map((_, i) => this.lineage(i + 1));
  }

  /** Number of app ids, UNKNOWN included. */
  get size(): number {
    return this.heads.length + 1;
  }

  /** Number of entries: domains first, then ranges. */
  get entryCount(): number {
    return this.texts.length;
  }

  /**
   * Entry of the longest domain that fits the name in `buf[start, end)` (lower case, no trailing dot; UTF-8 counts in
   * its ASCII form), -1 for none.
   */
  matchName(buf: Buffer, start: number, end: number): number {
    const ascii = asciiFormOf(buf, start, end);
    return ascii === null ? this.names.match(buf, start, end) : this.names.match(ascii, 0, ascii.length);
  }

  /** Every entry that fits the name, the one that decides first; for explanations. */
  matchAllNames(buf: Buffer, start: number, end: number): number[] {
    const ascii = asciiFormOf(buf, start, end);
    return ascii === null ? this.names.matchAll(buf, start, end) : this.names.matchAll(ascii, 0, ascii.length);
  }

  /** Entry of the narrowest range around an IPv4 address (unsigned 32 bits), -1 for none. */
  matchIpv4(address: number): number {
    this.ranges4 ??= this.rangesOf(false);
    return this.ranges4.idOf(this.ranges4.findV4(address));
  }

  /** The same for an IPv6 address of four unsigned words, most significant first; IPv4 inside IPv6 counts as IPv4. */
  matchIpv6(w0: number, w1: number, w2: number, w3: number): number {
    if (w1 === 0 && ((w0 === 0 && w2 === MAPPED_WORD) || (w0 === NAT64_WORD && w2 === 0))) return this.matchIpv4(w3);
    this.ranges6 ??= this.rangesOf(true);
    return this.ranges6.idOf(this.ranges6.findV6(w0, w1, w2, w3));
  }

  /** App id of an entry, 0 for -1. */
  appOf(entry: number): number {
    return entry < 0 ? 0 : this.apps[entry]! >> 1;
  }

  /** The domain or range of an entry as it is written in the table, '' for -1. */
  entryText(entry: number): string {
    return entry < 0 ? '' : this.texts[entry]!;
  }

  /** True when other people's content lives under the entry too: it names the operator, not surely the site. */
  isHosting(entry: number): boolean {
    return entry >= 0 && (this.apps[entry]! & HOSTING) !== 0;
  }

  isRange(entry: number): boolean {
    return entry >= this.domainCount;
  }

  nameOf(app: number): string {
    return app === 0 ? UNKNOWN_APP : this.heads[app - 1]!.name;
  }

  /** Name of the app at the top of the tree that `app` is a part of: its own without a parent. */
  groupOf(app: number): string {
    return app === 0 ? UNKNOWN_APP : this.lineages[app - 1]!.names.at(-1)!;
  }

  /** The app and what it is a part of; throws for UNKNOWN, which no rule names. Allocates nothing. */
  lineageOf(app: number): AppLineage {
    return this.lineages[app - 1]!;
  }

  /** Ids of the apps whose parent is `app`, in table order. */
  partsOf(app: number): number[] {
    const parts: number[] = [];
    for (let i = 0; i < this.parents.length; i++) if (app !== 0 && this.parents[i] === app) parts.push(i + 1);
    return parts;
  }

  /** Ids of `app` and of all apps below it in the tree; UNKNOWN has no parts. */
  withParts(app: number): number[] {
    const name = this.nameOf(app);
    const all = [app];
    for (let i = 0; i < this.lineages.length; i++) {
      if (i + 1 !== app && this.lineages[i]!.names.includes(name)) all.push(i + 1);
    }
    return all;
  }

  /** The names that definitions give as parents and that no app has, with the app that does so. */
  get unknownParents(): readonly AppDefinition[] {
    return this.heads.filter(({ parent }) => parent !== '' && this.idOf(parent) === 0);
  }

  /** Null for UNKNOWN. */
  categoryOf(app: number): string | null {
    return app === 0 ? null : this.heads[app - 1]!.category;
  }

  /** Undefined for UNKNOWN and ids that do not exist. */
  infoOf(app: number): AppInfo | undefined {
    const head = this.heads[app - 1];
    if (head === undefined) return undefined;
    const { name, title, category, aliases, source, date } = head;
    const parent = this.parents[app - 1]!;
    return {
      id: app,
      name,
      parent: parent === 0 ? null : this.nameOf(parent),
      title,
      category,
      aliases,
      source,
      date,
    };
  }

  /** Id of the app of that name or alias in any case, with or without "_", "-" and blanks; 0 for none. */
  idOf(nameOrAlias: string): number {
    return this.idsByName.get(plainName(nameOrAlias.toUpperCase())) ?? 0;
  }

  /** Entries of an app in table order: domains first, then ranges. */
  entriesOf(app: number): number[] {
    const entries: number[] = [];
    for (let i = 0; i < this.apps.length; i++) if (this.apps[i]! >> 1 === app) entries.push(i);
    return entries;
  }

  private add(texts: readonly string[], app: number): void {
    for (let i = 0; i < texts.length; i++) {
      this.texts.push(texts[i]!);
      this.apps.push(app);
    }
  }

  private spread(perCountry: Readonly<Record<string, readonly string[]>>, app: number): void {
    for (const label in perCountry) {
      for (const suffix of perCountry[label]!) {
        this.texts.push(`${label}.${suffix}`);
        this.apps.push(app);
      }
    }
  }

  /** Only connections without a name need the ranges, so the first of those has them read. */
  private rangesOf(isV6: boolean): PrefixTable {
    const list = new PrefixList(isV6);
    // From the last to the first: of equal ranges the later entry counts.
    for (let i = this.texts.length - 1; i >= this.domainCount; i--) {
      const prefix = parseExactIpPrefix(this.texts[i]!);
      if (prefix === null) throw new TypeError(`not an address range: ${this.texts[i]}`);
      if (prefix.isV6 === isV6) list.push(prefix, i);
    }
    return new PrefixTable(list);
  }

  private lineage(app: number): AppLineage {
    const names: string[] = [];
    for (let id = app; id !== 0; id = this.parents[id - 1]!) names.push(this.nameOf(id));
    return { names, category: this.heads[app - 1]!.category };
  }
}

/** The app with the aliases and the parent that a later definition adds. */
function extended(known: AppDefinition, { aliases, parent }: AppDefinition): AppDefinition {
  return { ...known, parent: parent || known.parent, aliases: [...new Set([...known.aliases, ...aliases])] };
}

/** An upper-case name without what users leave out or write otherwise: GOOGLE_DRIVE, "GOOGLE DRIVE". */
export function plainName(name: string): string {
  return name.replace(/[\s_-]+/g, '');
}

/** Ids by plain name; an app's name wins against another's alias. */
function idsOf(heads: readonly AppDefinition[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [i, { aliases }] of heads.entries()) for (const alias of aliases) ids.set(plainName(alias), i + 1);
  for (const [i, { name }] of heads.entries()) ids.set(plainName(name), i + 1);
  return ids;
}

/** The parents by id less 1. One that would close a circle counts as none. */
function parentsOf(heads: readonly AppDefinition[], ids: ReadonlyMap<string, number>): Uint16Array {
  const parents = new Uint16Array(heads.length);
  for (const [i, { parent }] of heads.entries()) {
    const id = parent === '' ? 0 : (ids.get(plainName(parent)) ?? 0);
    let above = id;
    while (above !== 0 && above !== i + 1) above = parents[above - 1]!;
    if (above === 0) parents[i] = id;
  }
  return parents;
}
