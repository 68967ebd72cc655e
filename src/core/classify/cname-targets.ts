/** Names whose targets are known, and characters of all targets; beyond either the oldest give way. */
const MAX_NAMES = 1 << 16;
const MAX_TEXT_LEN = 8 << 20;

const NONE: readonly string[] = [];

/**
 * Where the names that clients asked for lead: targets of CNAMEs, and of HTTPS and SVCB records, as DNS answers in the
 * capture tell them. By NameTable ids of the names asked for; a later answer replaces an earlier one.
 */
export class CnameTargets {
  private readonly byName = new Map<number, readonly string[]>();
  private textLen = 0;

  /** An answer says that `name` leads to `targets`, in this order; not empty. */
  learn(name: number, targets: readonly string[]): void {
    this.forget(name);
    for (const text of targets) this.textLen += text.length;
    this.byName.set(name, targets);
    for (const oldest of this.byName.keys()) {
      if (this.byName.size <= MAX_NAMES && this.textLen <= MAX_TEXT_LEN) return;
      this.forget(oldest);
    }
  }

  /** The targets of `name`, nearest first, in lower case; empty for none. */
  of(name: number): readonly string[] {
    return this.byName.size === 0 ? NONE : (this.byName.get(name) ?? NONE);
  }

  /** Names without a mark in `pinned` are about to be forgotten, and their ids given to others. */
  retain(pinned: Uint8Array): void {
    for (const name of this.byName.keys()) if (pinned[name] !== 1) this.forget(name);
  }

  private forget(name: number): void {
    for (const text of this.of(name)) this.textLen -= text.length;
    this.byName.delete(name);
  }
}
