import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { type AppInfo, type AppTable, plainName } from './app-table.js';
import { canonicalHost } from './canonical-host.js';
import { editDistance } from './edit-distance.js';

const MAX_SUGGESTIONS = 5;

/** One app with all that proves it. */
export interface AppDetails extends AppInfo {
  /** Apps that are a part of it. */
  readonly parts: readonly string[];
  /** Domains as the table writes them: suffixes, `=exact`, `pre*.suffix`, `*end.suffix`. */
  readonly domains: readonly string[];
  /** Domains under which the owner serves other people's content. */
  readonly hosting: readonly string[];
  readonly ranges: readonly string[];
  readonly hostingRanges: readonly string[];
}

/** An entry that fits a host or address, and the app it stands for. */
export interface EntryMatch {
  readonly app: string;
  /** The domain or range as the table writes it. */
  readonly entry: string;
  readonly hosting: boolean;
}

export interface HostExplanation {
  /** The host as it was matched: lower case, punycode, no trailing dot. */
  readonly host: string;
  /** Null when no entry fits. */
  readonly match: EntryMatch | null;
  /** Shorter domains that fit too but did not decide, longest first; empty for an address. */
  readonly others: readonly EntryMatch[];
}

/** All apps by name. */
export function listApps(table: AppTable): AppInfo[] {
  const infos: AppInfo[] = [];
  for (let id = 1; id < table.size; id++) infos.push(table.infoOf(id)!);
  return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An app and how many entries prove it. */
export interface AppCount extends AppInfo {
  readonly names: number;
  readonly ranges: number;
}

/** All apps by name, or those of one category, with the number of their entries. */
export function countApps(table: AppTable, category: string | null): AppCount[] {
  const names = new Map<number, number>();
  const ranges = new Map<number, number>();
  for (let entry = 0; entry < table.entryCount; entry++) {
    const counts = table.isRange(entry) ? ranges : names;
    counts.set(table.appOf(entry), (counts.get(table.appOf(entry)) ?? 0) + 1);
  }
  return listApps(table)
    .filter((app) => category === null || app.category === category)
    .map((app) => ({ ...app, names: names.get(app.id) ?? 0, ranges: ranges.get(app.id) ?? 0 }));
}

/** The app of that name or alias in any case; null when there is none. */
export function findApp(table: AppTable, nameOrAlias: string): AppDetails | null {
  const info = table.infoOf(table.idOf(nameOrAlias));
  if (info === undefined) return null;
  const entries = table.entriesOf(info.id);
  const textsWhere = (isRange: boolean, isHosting: boolean): string[] =>
    entries
      .filter((entry) => table.isRange(entry) === isRange && table.isHosting(entry) === isHosting)
      .map((entry) => table.entryText(entry));
  return {
    ...info,
    parts: table.partsOf(info.id).map((part) => table.nameOf(part)),
    domains: textsWhere(false, false),
    hosting: textsWhere(false, true),
    ranges: textsWhere(true, false),
    hostingRanges: textsWhere(true, true),
  };
}

/** Names and aliases that a misspelt app name may mean, likeliest first, at most five. */
export function suggestApps(table: AppTable, misspelt: string): string[] {
  const wanted = plainName(misspelt.toUpperCase()).replace(/[^A-Z0-9]/g, '');
  if (wanted === '') return [];
  // Of two letters, one changed leaves nothing alike.
  const allowed = wanted.length < 3 ? 0 : Math.max(1, Math.floor(wanted.length / 3));
  const best = new Map<string, Suggestion>();
  for (const { name, parent, aliases } of listApps(table)) {
    for (const written of [name, ...aliases]) {
      const text = plainName(written);
      const begins = wanted.length > 2 && (text.startsWith(wanted) || wanted.startsWith(text)) && text.length > 2;
      const isWord = wanted.length > 2 && written.split('_').includes(wanted);
      const edits = editDistance(wanted, text);
      const distance = begins || isWord ? Math.min(0.5, edits) : edits;
      const known = best.get(name);
      const isNearer = known === undefined || distance < known.distance || edits < known.edits;
      if (distance <= allowed && isNearer) best.set(name, { parent, distance, edits });
    }
  }
  // A part whose name only begins like that of its parent says nothing that the parent does not.
  const isBesideParent = ({ parent, edits }: Suggestion) =>
    parent !== null && (best.get(parent)?.edits ?? Number.POSITIVE_INFINITY) < edits;
  return [...best]
    .filter(([, suggestion]) => !isBesideParent(suggestion))
    .sort(([a, one], [b, other]) => one.distance - other.distance || one.edits - other.edits || (a < b ? -1 : 1))
    .slice(0, MAX_SUGGESTIONS)
    .map(([name]) => name);
}

interface Suggestion {
  readonly parent: string | null;
  readonly distance: number;
  readonly edits: number;
}

/** Which app a typed host name, URL or IP address belongs to, by which entry; null when `typed` is none of these. */
export function explainHost(table: AppTable, typed: string): HostExplanation | null {
  const host = canonicalHost(typed);
  if (host === '') return null;
  const address = parseExactIpPrefix(host);
  if (address !== null) {
    const { isV6, words } = address;
    const entry = isV6 ? table.matchIpv6(words[0]!, words[1]!, words[2]!, words[3]!) : table.matchIpv4(words[0]!);
    return { host, match: entry < 0 ? null : describe(table, entry), others: [] };
  }
  if (host.includes(':')) return null;
  const bytes = Buffer.from(host, 'latin1');
  const matches = table.matchAllNames(bytes, 0, bytes.length).map((entry) => describe(table, entry));
  return { host, match: matches[0] ?? null, others: matches.slice(1) };
}

function describe(table: AppTable, entry: number): EntryMatch {
  return { app: table.nameOf(table.appOf(entry)), entry: table.entryText(entry), hosting: table.isHosting(entry) };
}
