import type { FactsOptions } from '../facts/facts.js';

/** Every fact that reports can show. */
export const ALL_FACTS: FactsOptions = {
  packets: true,
  timeline: true,
  hosts: 'details',
  pairs: true,
  quality: 'details',
};
