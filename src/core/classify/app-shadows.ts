import type { AppDefinition } from './app-definition.js';
import { explainHost } from './app-lookup.js';
import { AppTable } from './app-table.js';

/** An entry of a user's app that decides where another app's entry did. */
interface AppShadow {
  readonly app: string;
  readonly entry: string;
  readonly shadowedApp: string;
  readonly shadowedEntry: string;
  /** Whether both are the same: the entry has moved. Otherwise it lies inside the other, which decides the rest. */
  readonly isSame: boolean;
}

/** A user's app or alias under a name that the table has already. */
interface NameShadow {
  readonly app: string;
  /** The name or alias. */
  readonly name: string;
  /** The app that had it. The same as `app` where the definition adds to that app. */
  readonly known: string;
}

export interface AppShadows {
  readonly entries: readonly AppShadow[];
  readonly names: readonly NameShadow[];
}

/** What `own` definitions change for the apps of `base`, in the order of the definitions. */
export function appShadows(own: readonly AppDefinition[], base: AppTable): AppShadows {
  const table = new AppTable(own);
  const entries: AppShadow[] = [];
  for (let entry = 0; entry < table.entryCount; entry++) {
    const app = table.nameOf(table.appOf(entry));
    const text = table.entryText(entry);
    const match = explainHost(base, exampleOf(text, table.isRange(entry)))?.match ?? null;
    if (match === null || match.app === app) continue;
    entries.push({
      app,
      entry: text,
      shadowedApp: match.app,
      shadowedEntry: match.entry,
      isSame: match.entry === text,
    });
  }
  const names = own.flatMap(({ name, aliases }) =>
    [name, ...aliases].flatMap((one) => {
      const id = base.idOf(one);
      return id === 0 ? [] : [{ app: name, name: one, known: base.nameOf(id) }];
    }),
  );
  return { entries, names };
}

/** A host or address that the entry matches: the shortest name, the first address. */
function exampleOf(entry: string, isRange: boolean): string {
  if (isRange) return entry.replace(/\/\d+$/, '');
  return entry.replace(/^=/, '').replace(/^\*/, 'x').replace('*.', '.');
}
