/**
 * The fewest of `items`, in their order, with which `passes` is true, found by leaving out halves, then halves of
 * these: none of those left can be spared alone. `passes` must be true of all of them.
 */
export function leastOf<T>(items: readonly T[], passes: (kept: readonly T[]) => boolean): T[] {
  const isKept: boolean[] = items.map(() => true);
  const holds = (): boolean => passes(items.filter((_, i) => isKept[i]));
  const leaveOut = (start: number, end: number): void => {
    if (start >= end) return;
    isKept.fill(false, start, end);
    if (holds()) return;
    isKept.fill(true, start, end);
    if (end - start === 1) return;
    const middle = (start + end) >> 1;
    // Later packets first: a label follows from the beginning of its connection.
    leaveOut(middle, end);
    leaveOut(start, middle);
  };
  leaveOut(items.length >> 1, items.length);
  leaveOut(0, items.length >> 1);
  // What was needed for a packet that has gone since may go, too.
  for (let i = items.length - 1; i >= 0; i--) if (isKept[i]) leaveOut(i, i + 1);
  return items.filter((_, i) => isKept[i]);
}
