import type { Contact, ContactEntry, LookupEntry } from './model.js';
import { acceptsLookup, type CompiledEntry, isOneHost } from './targets.js';

/** Entries by the host that they are for, so that each contact is held against few of many. */
export class EntryIndex {
  private readonly byHost = new Map<string, number[]>();
  /** Entries for several hosts. */
  private readonly wide: number[] = [];

  constructor(private readonly entries: readonly CompiledEntry[]) {
    for (const [i, { entry }] of entries.entries()) {
      if (isOneHost(entry.to)) addTo(this.byHost, entry.to, i);
      else this.wide.push(i);
    }
  }

  /** Indexes of the entries that are at the contact's place, in order. */
  at(contact: Contact): number[] {
    const hosts = contact.name === null ? [...contact.addresses] : [contact.name];
    const candidates = [...hosts.flatMap((host) => this.byHost.get(host) ?? []), ...this.wide];
    return candidates.filter((i) => this.entries[i]!.isAt(contact)).sort((x, y) => x - y);
  }
}

/** What accepts look-ups, by name. */
export class LookupIndex {
  private readonly byName = new Map<string, (LookupEntry | ContactEntry)[]>();
  private readonly wide: (LookupEntry | ContactEntry)[] = [];

  constructor(entries: Iterable<LookupEntry | ContactEntry>) {
    for (const entry of entries) {
      const name = 'name' in entry ? entry.name : entry.to;
      if (name.startsWith('*')) this.wide.push(entry);
      else addTo(this.byName, name, entry);
    }
  }

  accepts(client: string | null, name: string): boolean {
    const accepts = (entry: LookupEntry | ContactEntry) => acceptsLookup(entry, client, name);
    return (this.byName.get(name)?.some(accepts) ?? false) || this.wide.some(accepts);
  }
}

function addTo<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
