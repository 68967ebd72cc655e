import { explainHost, suggestApps } from '../classify/app-lookup.js';
import type { AppTable } from '../classify/app-table.js';
import type { AppNames } from './rule.js';

/** The app table as rules ask it. */
export function appNamesOf(table: AppTable): AppNames {
  return {
    find(text) {
      const id = table.idOf(text);
      return id === 0 ? null : table.nameOf(id);
    },
    suggest: (text) => suggestApps(table, text),
    lineage(app) {
      const id = table.idOf(app);
      return id === 0 ? { names: [app], category: null } : table.lineageOf(id);
    },
    ofHost: (host) => explainHost(table, host)?.match?.app ?? null,
  };
}
