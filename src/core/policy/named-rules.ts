import type { RuleSlice } from './rule-kind.js';

/** Rules whose value is a plain name, by action. Of two rules with the same name and action the first one counts. */
export class NamedRules {
  private readonly allow = new Map<string, number>();
  private readonly block = new Map<string, number>();

  constructor(slices: readonly RuleSlice[]) {
    for (const { first, allow, values } of slices) {
      const rules = allow ? this.allow : this.block;
      let rule = first;
      for (const name of values) {
        if (!rules.has(name)) rules.set(name, rule);
        rule++;
      }
    }
  }

  /** Number of the rule for the first of `names` that has one, an allow rule before any block rule; -1 for none. */
  find(names: readonly string[]): number {
    const allowed = firstOf(this.allow, names);
    return allowed >= 0 ? allowed : firstOf(this.block, names);
  }

  /** The same for one name. */
  findOne(name: string): number {
    return this.allow.get(name) ?? this.block.get(name) ?? -1;
  }

  findAll(names: readonly string[], into: number[]): void {
    for (const rules of [this.allow, this.block]) {
      for (const name of names) {
        const rule = rules.get(name);
        if (rule !== undefined) into.push(rule);
      }
    }
  }
}

function firstOf(rules: ReadonlyMap<string, number>, names: readonly string[]): number {
  for (let i = 0; i < names.length; i++) {
    const rule = rules.get(names[i]!);
    if (rule !== undefined) return rule;
  }
  return -1;
}
