import type { AppLineage } from '../classify/app-table.js';
import { RuleError } from './rule.js';
import type { AppMatcher, RuleKind, RuleSlice } from './rule-kind.js';

/**
 * Upper case without blanks; users' own app files may use more of Unicode than the built-in names do. A function, since
 * V8 reads the tables of Unicode when it meets the expression.
 */
const canonical = () => /^[\p{Lu}\p{Lo}\p{N}][\p{Lu}\p{Lo}\p{N}+_.&!-]{0,63}$/u;

/** Rules of type `app`: the connection belongs to the app or to a part of it. */
export const APP_RULES: RuleKind = {
  type: 'app',
  expected: 'an app such as YOUTUBE',
  looksLike: (text, apps) => apps.find(text) !== null,
  parse(text, apps) {
    const name = apps.find(text.trim());
    if (name !== null) return name;
    const near = apps.suggest(text.trim()).slice(0, 3);
    const hint = near.length === 0 ? "'dpi apps' lists them" : `did you mean ${near.join(' or ')}?`;
    throw new RuleError('unknown-app', `no app is called '${text}'; ${hint}`);
  },
  // A store may hold any name: an app from a user's own file, or of a newer version, is no error there.
  isCanonical: (value) => canonical().test(value),
  tooBroad: () => null,
  candidates: (value, apps) => apps.lineage(value).names,
  compile: (slices) => ({ app: new NamedAppMatcher(slices) }),
};

class NamedAppMatcher implements AppMatcher {
  private readonly allow = new Map<string, number>();
  private readonly block = new Map<string, number>();

  constructor(slices: readonly RuleSlice[]) {
    for (const { first, allow, values } of slices) {
      const rules = allow ? this.allow : this.block;
      let rule = first;
      for (const app of values) {
        if (!rules.has(app)) rules.set(app, rule);
        rule++;
      }
    }
  }

  /** Within one action the rule for the app itself decides before one for its parent. */
  find({ names }: AppLineage): number {
    const allowed = firstOf(this.allow, names);
    return allowed >= 0 ? allowed : firstOf(this.block, names);
  }

  findAll({ names }: AppLineage, into: number[]): void {
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
