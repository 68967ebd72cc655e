import { editDistance } from '../classify/edit-distance.js';

/** Up to three of `words` that a misspelt one may mean, likeliest first. */
export function nearWords(misspelt: string, words: readonly string[]): string[] {
  const wanted = misspelt.toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return words
    .map((word) => ({ word, distance: wanted.length > 2 && word.includes(wanted) ? 0.5 : editDistance(wanted, word) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1))
    .slice(0, 3)
    .map(({ word }) => word);
}
