/** Labels that have a colour of their own; the others share a grey. */
export const COLOURS = 8;

const UNKNOWN = 'unknown';

/** The style class of each name: "c0" to "c7" by rank, "unknown" and "other" in greys. The same in every selection. */
export class Colours {
  private readonly classes = new Map<string, string>();

  /** `names` in the order of their size. */
  constructor(names: readonly string[]) {
    for (const name of names) {
      if (name === UNKNOWN || this.classes.size >= COLOURS) continue;
      this.classes.set(name, `c${this.classes.size}`);
    }
  }

  of(name: string): string {
    return this.classes.get(name) ?? (name === UNKNOWN ? 'c-unknown' : 'c-other');
  }
}
