import { getPublicSuffix } from 'tldts';
import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/core/classify/app-definition.js';
import { builtInDefinitions } from '../../../src/core/classify/built-in-apps.js';
import { canonicalDomain, parseAppFile } from '../../../src/core/classify/parse-app-file.js';
import { BUILT_IN_APP_FILES } from '../../../src/data/apps/index.js';

const SEVENTEEN =
  'GOOGLE YOUTUBE FACEBOOK INSTAGRAM WHATSAPP TWITTER NETFLIX AMAZON MICROSOFT APPLE TELEGRAM TIKTOK SPOTIFY ZOOM DISCORD GITHUB CLOUDFLARE';
/** Top-level domains that one company runs for itself, so that all below them is its own. */
const BRAND_TLDS = new Set(
  (
    'alibaba amazon apple aws azure baidu bbc bing bloomberg goog google hotmail microsoft netflix samsung skype sony ' +
    'windows xbox yandex youtube'
  ).split(' '),
);

const apps = builtInDefinitions();
const spread = (perCountry: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(perCountry).flatMap(([label, suffixes]) => suffixes.map((suffix) => `${label}.${suffix}`));
const ownDomains = (app: (typeof apps)[number]): string[] => [...app.domains, ...spread(app.per_country)];
const hostingDomains = (app: (typeof apps)[number]): string[] => [...app.hosting, ...spread(app.hosting_per_country)];
const baseOf = (domain: string): string => domain.replace(/^(=|[^*]*\*[^.]*\.)/, '');

describe('built-in app data', () => {
  it('passes the validator of users own files without a warning beyond brand top-level domains', () => {
    for (const { name, content } of BUILT_IN_APP_FILES) {
      const { warnings } = parseAppFile(JSON.stringify(content), name);
      expect(warnings.filter((warning) => ![...BRAND_TLDS].some((tld) => warning.includes(`"${tld}"`)))).toEqual([]);
    }
  });

  it('holds the seventeen apps of the first version and more than a hundred others', () => {
    const names = apps.map((app) => app.name);
    expect(names).toEqual(expect.arrayContaining(SEVENTEEN.split(' ')));
    expect(names.length).toBeGreaterThanOrEqual(137);
    expect(new Set(names).size).toBe(names.length);
  });

  it('uses no name or alias twice', () => {
    const texts = apps.flatMap((app) => [app.name, ...app.aliases]);
    expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
    expect(texts.filter((text) => !/^[A-Z0-9][A-Z0-9_]*$/.test(text))).toEqual([]);
  });

  it('names a title, a known category, a source and a date for each app', () => {
    for (const app of apps) {
      expect(app.title, app.name).not.toBe('');
      expect(CATEGORIES, app.name).toContain(app.category);
      expect(app.source, app.name).not.toBe('');
      expect(app.date, app.name).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
      const hasRanges = app.ranges.length + app.hosting_ranges.length > 0;
      expect(app.ranges_source !== '', app.name).toBe(hasRanges);
    }
  });

  it('lists every domain once, in its normal form, and sorted', () => {
    const owners = new Map<string, string>();
    for (const app of apps) {
      for (const list of [app.domains, app.hosting]) {
        const keys = list.map((domain) => domain.replace(/^=/, ''));
        expect(keys, app.name).toEqual([...keys].sort());
      }
      for (const domain of [...ownDomains(app), ...hostingDomains(app)]) {
        expect(canonicalDomain(domain), domain).toBe(domain);
        expect(owners.get(domain), `${domain} of ${app.name}`).toBeUndefined();
        owners.set(domain, app.name);
      }
    }
  });

  it('has no public suffix among its domains', () => {
    for (const app of apps) {
      for (const domain of [...ownDomains(app), ...hostingDomains(app)]) {
        const base = baseOf(domain);
        if (BRAND_TLDS.has(base)) continue;
        expect(getPublicSuffix(base), `${domain} of ${app.name}`).not.toBe(base);
      }
    }
  });

  it('repeats no domain below one that already says the same', () => {
    for (const app of apps) {
      for (const domains of [ownDomains(app), hostingDomains(app)]) {
        const known = new Set(domains);
        const repeated = domains.filter((domain) => {
          const labels = baseOf(domain).split('.');
          return labels.some((_, i) => i > 0 && known.has(labels.slice(i).join('.')));
        });
        expect(repeated, app.name).toEqual([]);
      }
    }
  });

  it('gives no address range to two apps', () => {
    const ranges = apps.flatMap((app) => [...app.ranges, ...app.hosting_ranges]);
    expect(ranges.filter((range, i) => ranges.indexOf(range) !== i)).toEqual([]);
  });
});
