const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * `amounts` over time in at most `width` characters, each as high as its share of the highest; any amount stands out
 * from none. Neighbours are added up where there are more than `width`.
 */
export function sparkline(amounts: readonly number[], width: number): string {
  if (amounts.length === 0 || width < 1) return '';
  const columns = Math.min(width, amounts.length);
  const sums = new Array<number>(columns).fill(0);
  amounts.forEach((amount, i) => {
    sums[Math.floor((i * columns) / amounts.length)]! += amount;
  });
  const highest = Math.max(...sums);
  return sums.map((sum) => LEVELS[sum === 0 ? 0 : Math.max(1, Math.round((sum / highest) * 7))]).join('');
}
