import { type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { olderTls } from './contact-collector.js';
import { LookupIndex } from './entry-index.js';
import { type Contact, type ContactEntry, type Contacts, type LookupEntry, SNAPSHOT_VERSION } from './model.js';
import { coversText, matchesName, type Roles, roleOf } from './targets.js';

const NTP = 'ntp';
const INDENT = '    ';

/** What a new snapshot consists of besides the contacts of a capture. */
export interface SnapshotFrame {
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly include: readonly string[];
  /** Suffixes and prefixes that stand in for the names and addresses that they accept. */
  readonly widen: readonly string[];
}

/** The entries that accept the contacts, sorted, each once. */
function entriesOf(
  { contacts, lookups }: Contacts,
  roles: Roles,
  widen: readonly string[] = [],
): { contacts: ContactEntry[]; lookups: LookupEntry[] } {
  const wideners = widen.map(widener);
  const byKey = new Map<string, ContactEntry>();
  for (const contact of contacts) {
    const entry = entryOf(contact, roles, wideners);
    const key = JSON.stringify({ ...entry, minTls: null });
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? entry : { ...entry, minTls: olderTls(entry.minTls, known.minTls) });
  }
  const entries = [...byKey.values()].sort(compareEntries);
  const covered = new LookupIndex(entries);
  const asked = new Map<string, LookupEntry>();
  for (const { client, name } of lookups) {
    if (covered.accepts(client, name)) continue;
    const entry = { client, name: widened(name, [], wideners) ?? name, isOptional: false };
    asked.set(JSON.stringify([client, entry.name]), entry);
  }
  return { contacts: entries, lookups: [...asked.values()].sort(compareEntries) };
}

/** The entry that accepts a contact and, of a host with a name, no address. */
export function entryOf(contact: Contact, roles: Roles, wideners: readonly Widener[] = []): ContactEntry {
  const { client, name, addresses, range, port, protocol, label, tls } = contact;
  const [address = ''] = addresses;
  const role = name === null ? roleOf(address, roles) : null;
  const isClock = protocol === NTP;
  const narrow = name ?? (isClock ? '*' : role === null ? (range ?? address) : `@${role}`);
  const to = isClock ? narrow : (widened(name, addresses, wideners) ?? narrow);
  // A clock is set when a timer expires, by servers of a pool.
  return { client, to, port, protocol, label, minTls: tls, isOptional: isClock };
}

/** A whole file: an entry a line, the same bytes for the same contacts. */
export function formatSnapshot(contacts: Contacts, frame: SnapshotFrame): string {
  const roles = [...frame.roles].map(([role, texts]) => [role, texts.map((text) => parseIpPrefix(text)!)] as const);
  const entries = entriesOf(contacts, roles, frame.widen);
  const lines = [`{`, `  "snapshot_version": ${SNAPSHOT_VERSION},`];
  if (frame.roles.size > 0) {
    const texts = [...frame.roles].map(([role, prefixes]) => `${quoted(role)}: ${listText(prefixes)}`);
    lines.push(`  "roles": {`, ...commaLines(texts), `  },`);
  }
  if (frame.include.length > 0) lines.push(`  "include": ${listText(frame.include)},`);
  lines.push(...arrayLines('contacts', entries.contacts.map(contactText), true));
  lines.push(...arrayLines('lookups', entries.lookups.map(lookupText), false));
  return `${[...lines, '}'].join('\n')}\n`;
}

/** One line of the file. */
export function contactText({ client, to, port, protocol, label, minTls, isOptional }: ContactEntry): string {
  return objectText({ client, to, port, protocol, label, min_tls: minTls, optional: isOptional ? true : null });
}

export function lookupText({ client, name, isOptional }: LookupEntry): string {
  return objectText({ client, name, optional: isOptional ? true : null });
}

/** By what they are about, in the order of code units: the same on every machine. */
export function compareEntries(a: ContactEntry | LookupEntry, b: ContactEntry | LookupEntry): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Accepts names or addresses, and stands in for them. */
interface Widener {
  readonly text: string;
  readonly prefix: IpPrefix | null;
}

function widener(text: string): Widener {
  return { text, prefix: parseIpPrefix(text) };
}

function widened(name: string | null, addresses: Iterable<string>, wideners: readonly Widener[]): string | null {
  const found = wideners.find(({ text, prefix }) => {
    if (prefix === null) return name !== null && matchesName(text, name);
    return name === null && [...addresses].every((address) => coversText(prefix, address));
  });
  return found?.text ?? null;
}

function sortKey(entry: ContactEntry | LookupEntry): string {
  if ('name' in entry) return JSON.stringify([entry.name, entry.client ?? '']);
  const { to, port, protocol, label, client } = entry;
  const [transport = '', number = ''] = (port ?? '').split('/');
  return JSON.stringify([to, number.padStart(5, '0'), transport, protocol ?? '', label ?? '', client ?? '']);
}

function objectText(members: Readonly<Record<string, string | boolean | null>>): string {
  const given = Object.entries(members).filter(([, value]) => value !== null);
  return `{ ${given.map(([key, value]) => `"${key}": ${quoted(value)}`).join(', ')} }`;
}

/** JSON with all but printable ASCII escaped: names come from the wire. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function listText(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}

function arrayLines(key: string, texts: readonly string[], isFollowed: boolean): string[] {
  const comma = isFollowed ? ',' : '';
  return texts.length === 0 ? [`  "${key}": []${comma}`] : [`  "${key}": [`, ...commaLines(texts), `  ]${comma}`];
}

function commaLines(texts: readonly string[]): string[] {
  return texts.map((text, i) => `${INDENT}${text}${i < texts.length - 1 ? ',' : ''}`);
}
