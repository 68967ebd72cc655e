import type { AppNames } from '../../../src/core/policy/rule.js';

/** A small app table for rule tests. */
export const APPS: AppNames = {
  find(text) {
    const name = text.toUpperCase();
    if (name === 'X') return 'TWITTER';
    return ['YOUTUBE', 'TIKTOK', 'TWITTER', 'NETFLIX'].includes(name) ? name : null;
  },
  suggest: (text) => (text.toUpperCase().startsWith('YOUT') ? ['YOUTUBE'] : []),
  lineage: (app) => ({ names: [app], category: app === 'YOUTUBE' ? 'video' : null }),
  ofHost: (host) => (/(^|\.)(youtube|ytimg)\.com$/.test(host) ? 'YOUTUBE' : null),
};
