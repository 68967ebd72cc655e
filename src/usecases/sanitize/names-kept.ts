import { parse } from 'tldts';
import { explainHost } from '../../core/classify/app-lookup.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { isEchPublicName } from '../../core/inspect/tls/ech-public-names.js';
import type { NamePolicy } from '../../core/sanitize/name-map.js';

/**
 * Keeps the names of `patterns` and those below them, the outer names of ECH, which many sites share, and, with `apps`,
 * the names of known apps. Public suffixes (ICANN's) stay in all names.
 */
export function namePolicy(patterns: readonly string[], apps: AppTable | null): NamePolicy {
  const kept = new Set(
    patterns.map((pattern) =>
      pattern
        .replace(/^\*?\./, '')
        .replace(/\.$/, '')
        .toLowerCase(),
    ),
  );
  const known = new Map<string, boolean>();
  const decide = (name: string): boolean => {
    const bytes = Buffer.from(name, 'latin1');
    if (isEchPublicName(bytes, 0, bytes.length)) return true;
    for (let at = 0; at >= 0 && at < name.length; at = nextLabel(name, at)) if (kept.has(name.slice(at))) return true;
    return apps !== null && (explainHost(apps, name)?.match ?? null) !== null && /[a-z]/.test(name);
  };
  return {
    keeps(name) {
      let answer = known.get(name);
      if (answer === undefined) {
        answer = decide(name);
        known.set(name, answer);
      }
      return answer;
    },
    suffixLabels(name) {
      const { publicSuffix, isIcann } = parse(name, { allowPrivateDomains: false, validateHostname: false });
      if (!isIcann || publicSuffix === null) return 0;
      // A host may be called as a top-level domain is.
      return publicSuffix === name && !name.includes('.') ? 0 : publicSuffix.split('.').length;
    },
  };
}

function nextLabel(name: string, at: number): number {
  const dot = name.indexOf('.', at);
  return dot < 0 ? -1 : dot + 1;
}
