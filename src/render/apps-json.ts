/** What `dpi apps --json` prints and `GET /apps` answers, without its schema version. */
import type { AppCount, AppDetails, HostExplanation } from '../core/classify/app-lookup.js';
import { UNKNOWN_APP } from '../core/classify/app-table.js';

/** Apps with the number of their names and ranges. */
export function appListJson(apps: readonly AppCount[]): Record<string, unknown> {
  return {
    apps: apps.map(({ name, parent, title, category, aliases, names, ranges, source, date }) => {
      return { name, parent, title, category, aliases, names, ranges, source, date };
    }),
  };
}

/** One app with all that proves it. */
export function appJson(app: AppDetails): Record<string, unknown> {
  const { name, parent, parts, title, category, aliases, domains, hosting, ranges, source, date } = app;
  const lists = { aliases, domains, hosting, ranges, hosting_ranges: app.hostingRanges };
  return { app: { name, parent, parts, title, category, ...lists, source, date } };
}

/** The app of a host name or an address, and the entries that say so. */
export function hostJson({ host, match, others }: HostExplanation): Record<string, unknown> {
  return {
    host,
    app: match?.app ?? UNKNOWN_APP,
    match: match?.entry ?? null,
    hosting: match?.hosting ?? false,
    others: others.map(({ app, entry, hosting }) => ({ app, match: entry, hosting })),
  };
}
