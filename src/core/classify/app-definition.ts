/** What the app tables hold, built in and users' own: the JSON of an app as it is written in a file. */

/** Kinds of apps, for grouping in reports. */
export const CATEGORIES = [
  'platform',
  'social',
  'messaging',
  'conferencing',
  'video',
  'music',
  'gaming',
  'gambling',
  'ai',
  'storage',
  'cloud',
  'cdn',
  'mail',
  'productivity',
  'developer',
  'updates',
  'devices',
  'dns',
  'shopping',
  'travel',
  'finance',
  'crypto',
  'dating',
  'vpn',
  'remote',
  'ads',
  'reference',
  'education',
  'health',
  'news',
  'adult',
  'p2p',
  'security',
  'other',
] as const;

type Category = (typeof CATEGORIES)[number];

/**
 * One app. A domain is written in one of four forms: `example.com` is the name and everything below it, `=example.com`
 * exactly that name, `pre*.example.com` every name that begins with `pre` and ends in `.example.com` (`*.example.com`:
 * everything below it), and `*end.example.com` every name that ends in `end.example.com`. The longest domain that fits
 * a host decides, whatever app it belongs to.
 */
export interface AppDefinition {
  /** Upper-case letters, digits and "_", as reports and rules show it. */
  readonly name: string;
  /** Name or alias of the app that this one is a part of, '' for none: a rule for the parent covers its parts. */
  readonly parent: string;
  readonly title: string;
  readonly category: Category;
  /** Other names under which users may ask for it; the form of `name`. */
  readonly aliases: readonly string[];
  /** Names that the app's owner uses for the app itself. */
  readonly domains: readonly string[];
  /** Owner's label to the suffixes under which it is registered: `google` with `de` and `co.uk`. */
  readonly per_country: Readonly<Record<string, readonly string[]>>;
  /** Names under which the owner serves other people's content (a cloud, a CDN, a blog host). */
  readonly hosting: readonly string[];
  readonly hosting_per_country: Readonly<Record<string, readonly string[]>>;
  /** Addresses and CIDR prefixes that serve this app only. */
  readonly ranges: readonly string[];
  /** Prefixes of the owner's cloud or CDN, where other people's services live. */
  readonly hosting_ranges: readonly string[];
  /** Where the ranges are published; empty without ranges. */
  readonly ranges_source: string;
  /** Where the list comes from, and when it was last looked at (YYYY-MM-DD); empty in users' files. */
  readonly source: string;
  readonly date: string;
}

const NO_TEXTS: readonly string[] = [];
const NO_COUNTRIES: Readonly<Record<string, readonly string[]>> = {};

/** An app as a file may write it, with what it leaves out filled in; `name` has to be there. */
export function withDefaults(app: Partial<AppDefinition>): AppDefinition {
  return {
    name: app.name!,
    parent: app.parent ?? '',
    title: app.title ?? app.name!,
    category: app.category ?? 'other',
    aliases: app.aliases ?? NO_TEXTS,
    domains: app.domains ?? NO_TEXTS,
    per_country: app.per_country ?? NO_COUNTRIES,
    hosting: app.hosting ?? NO_TEXTS,
    hosting_per_country: app.hosting_per_country ?? NO_COUNTRIES,
    ranges: app.ranges ?? NO_TEXTS,
    hosting_ranges: app.hosting_ranges ?? NO_TEXTS,
    ranges_source: app.ranges_source ?? '',
    source: app.source ?? '',
    date: app.date ?? '',
  };
}
