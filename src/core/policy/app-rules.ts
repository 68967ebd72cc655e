import { RuleError } from './rule.js';
import type { AppMatcher, RuleKind, RuleSlice } from './rule-kind.js';

/**
 * Upper case without blanks; users' own app files may use more of Unicode than the built-in names do. A function, since
 * V8 reads the tables of Unicode when it meets the expression.
 */
const canonical = () => /^[\p{Lu}\p{Lo}\p{N}][\p{Lu}\p{Lo}\p{N}+_.&!-]{0,63}$/u;

/** Rules of type `app`: the connection belongs to the app. */
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
  candidates: (value) => [value],
  compareWidth: () => 0,
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

  find(app: string): number {
    return this.allow.get(app) ?? this.block.get(app) ?? -1;
  }

  findAll(app: string, into: number[]): void {
    for (const rules of [this.allow, this.block]) {
      const rule = rules.get(app);
      if (rule !== undefined) into.push(rule);
    }
  }
}
