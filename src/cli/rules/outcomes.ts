import { countText } from '../../render/quantities.js';
import { ADDED, KEPT_ALLOWED, REPLACED } from '../../rules/rule-store.js';

/** How many rules each outcome had (the same words are in the JSON of "dpi rules import"). */
export interface OutcomeCounts {
  added: number;
  replaced: number;
  unchanged: number;
  kept_allowed: number;
}

export function countOutcomes(outcomes: ArrayLike<number>): OutcomeCounts {
  const counts = { added: 0, replaced: 0, unchanged: 0, kept_allowed: 0 };
  for (let i = 0; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    if (outcome === ADDED) counts.added++;
    else if (outcome === REPLACED) counts.replaced++;
    else if (outcome === KEPT_ALLOWED) counts.kept_allowed++;
    else counts.unchanged++;
  }
  return counts;
}

/** "2 added, 1 already there". */
export function outcomesText(counts: OutcomeCounts): string {
  const parts = [`${countText(counts.added)} added`];
  if (counts.replaced > 0) parts.push(`${countText(counts.replaced)} replaced`);
  if (counts.unchanged > 0) parts.push(`${countText(counts.unchanged)} already there`);
  if (counts.kept_allowed > 0) parts.push(`${countText(counts.kept_allowed)} left out, as an allow rule exists`);
  return parts.join(', ');
}
