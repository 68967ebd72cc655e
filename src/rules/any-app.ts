import type { AppNames } from '../core/policy/rule.js';

/** A rule for an app that is no longer known must still be removable, by its id. */
export function anyApp(apps: AppNames): AppNames {
  return {
    ...apps,
    find: (text) => apps.find(text) ?? (/^[A-Z0-9_.+&!-]+$/.test(text) && !/[.]|^\d+$/.test(text) ? text : null),
  };
}
