/** What must hold of any input was broken. */
export class BrokenInvariant extends Error {}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new BrokenInvariant(what);
}
