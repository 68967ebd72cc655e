import { type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { EntryIndex, LookupIndex } from './entry-index.js';
import type {
  Contact,
  ContactChange,
  ContactEntry,
  Contacts,
  Lookup,
  LookupEntry,
  Snapshot,
  SnapshotFinding,
} from './model.js';
import type { ParsedSnapshot } from './parse-snapshot.js';
import { entryOf } from './snapshot-text.js';
import { type CompiledEntry, compileEntry, isNewEnough, isWidened, type Roles, specificityOf } from './targets.js';

const KINDS: readonly SnapshotFinding['kind'][] = ['new', 'changed', 'gone'];

/** A finding, with what an update of the file needs. */
export interface Difference {
  readonly finding: SnapshotFinding;
  /** What accepts the contact or look-up; null for what is gone. */
  readonly wanted: ContactEntry | LookupEntry | null;
  /** Index of the entry among the file's contacts or look-ups; -1 for what is new. */
  readonly index: number;
  /** Another contact is as the entry says: it stays as it is. */
  readonly isEntryMet: boolean;
}

/** The roles of a snapshot, ready for `roleOf`. */
function rolesOf({ roles }: Pick<Snapshot, 'roles'>): Roles {
  return [...roles].map(
    ([role, texts]) =>
      [
        role,
        texts.flatMap((text): IpPrefix[] => {
          const prefix = parseIpPrefix(text);
          return prefix === null ? [] : [prefix];
        }),
      ] as const,
  );
}

/**
 * What differs, sorted: new, then changed, then gone. An entry for one end is expected to be met; one that was widened
 * is a permission, which may go unused.
 */
export function compareSnapshot(parsed: ParsedSnapshot, found: Contacts): Difference[] {
  const { snapshot, contactLines, lookupLines } = parsed;
  const roles = rolesOf(snapshot);
  const entries = snapshot.contacts.map((entry) => compileEntry(entry, roles));
  const byHost = new EntryIndex(entries);
  const seen = new Set<number>();
  const met = new Set<number>();
  const misfits: { contact: Contact; at: number[] }[] = [];
  for (const contact of found.contacts) {
    const at = byHost.at(contact);
    // Of an entry for a host and one for its domain, that for the host has the say.
    const nearest = mostSpecific(at, entries);
    const fits = nearest.filter((i) => changesOf(entries[i]!, contact).length === 0);
    for (const i of fits) met.add(i);
    for (const i of at) seen.add(i);
    if (fits.length === 0) misfits.push({ contact, at: nearest });
  }
  const differences: Difference[] = misfits.map(({ contact, at }) => {
    const wanted = entryOf(contact, roles);
    const nearest = nearestOf(at, entries, contact);
    const changes = nearest === -1 ? [] : changesOf(entries[nearest]!, contact);
    const line = nearest === -1 ? null : contactLines[nearest]!;
    return { finding: contactFinding(contact, changes, line), wanted, index: nearest, isEntryMet: met.has(nearest) };
  });
  const newNames = misfits.map(({ contact }) => entryOf(contact, roles));
  differences.push(...lookupDifferences(parsed, found.lookups, newNames));
  for (const [index, entry] of snapshot.contacts.entries()) {
    if (seen.has(index) || entry.isOptional || isWidened(entry)) continue;
    differences.push({ finding: goneContact(entry, contactLines[index]!), wanted: null, index, isEntryMet: false });
  }
  const asked = new Set(found.lookups.map(({ client, name }) => JSON.stringify([client, name])));
  const askedByAny = new Set(found.lookups.map(({ name }) => name));
  for (const [index, entry] of snapshot.lookups.entries()) {
    const { client, name } = entry;
    const isAsked = client === null ? askedByAny.has(name) : asked.has(JSON.stringify([client, name]));
    if (isAsked || entry.isOptional || name.startsWith('*')) continue;
    differences.push({ finding: goneLookup(entry, lookupLines[index]!), wanted: null, index, isEntryMet: false });
  }
  return differences.sort((a, b) => compareFindings(a.finding, b.finding));
}

/** Look-ups that neither an entry nor a new contact explains. */
function lookupDifferences(
  { snapshot }: ParsedSnapshot,
  lookups: readonly Lookup[],
  newContacts: readonly ContactEntry[],
): Difference[] {
  const accepting = new LookupIndex([...snapshot.contacts, ...snapshot.lookups, ...newContacts]);
  return lookups
    .filter(({ client, name }) => !accepting.accepts(client, name))
    .map(({ client, name, amount }) => {
      const finding = { ...blank('new', 'lookup', client, name), ...amount };
      return { finding, wanted: { client, name, isOptional: false }, index: -1, isEntryMet: false };
    });
}

/** Those of the entries `at` whose end is the narrowest. */
function mostSpecific(at: readonly number[], entries: readonly CompiledEntry[]): number[] {
  const widths = at.map((i) => specificityOf(entries[i]!.entry.to));
  const most = Math.max(...widths);
  return at.filter((_, n) => widths[n] === most);
}

/** The entry with the fewest changes; of equals the first. -1 without entries. */
function nearestOf(at: readonly number[], entries: readonly CompiledEntry[], contact: Contact): number {
  let nearest = -1;
  let fewest = Number.POSITIVE_INFINITY;
  for (const i of at) {
    const { length } = changesOf(entries[i]!, contact);
    if (length >= fewest) continue;
    nearest = i;
    fewest = length;
  }
  return nearest;
}

/** How a contact at the place of an entry differs from it. */
function changesOf({ entry }: CompiledEntry, contact: Contact): ContactChange[] {
  const changes: ContactChange[] = [];
  // A connection that showed no protocol may have been meant for any.
  if (contact.protocol !== null) {
    if (entry.protocol !== null && entry.protocol !== contact.protocol) {
      changes.push({ key: 'protocol', expected: entry.protocol, found: contact.protocol });
    }
    if (entry.label !== null && entry.label !== contact.label) {
      changes.push({ key: 'label', expected: entry.label, found: contact.label });
    }
  }
  if (!isNewEnough(contact.tls, entry.minTls)) {
    changes.push({ key: 'tls', expected: entry.minTls!, found: contact.tls });
  }
  return changes;
}

function contactFinding(contact: Contact, changes: ContactChange[], line: number | null): SnapshotFinding {
  const { client, name, addresses, port, protocol, label, amount } = contact;
  const [address = ''] = addresses;
  const kind = line === null ? 'new' : 'changed';
  return { ...blank(kind, 'contact', client, name ?? address), port, protocol, label, changes, line, ...amount };
}

function goneContact({ client, to, port, protocol, label }: ContactEntry, line: number): SnapshotFinding {
  return { ...blank('gone', 'contact', client, to), port, protocol, label, line };
}

function goneLookup({ client, name }: LookupEntry, line: number): SnapshotFinding {
  return { ...blank('gone', 'lookup', client, name), line };
}

function blank(
  kind: SnapshotFinding['kind'],
  what: SnapshotFinding['what'],
  client: string | null,
  to: string,
): SnapshotFinding {
  const amount = { connections: 0, packets: 0, bytes: 0, proofs: [] };
  return { kind, what, client, to, port: null, protocol: null, label: null, changes: [], line: null, ...amount };
}

function compareFindings(a: SnapshotFinding, b: SnapshotFinding): number {
  const kinds = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return kinds || compareTexts(sortKey(a), sortKey(b));
}

function sortKey({ what, to, port, protocol, label, client }: SnapshotFinding): string {
  return JSON.stringify([what, to, port ?? '', protocol ?? '', label ?? '', client ?? '']);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
