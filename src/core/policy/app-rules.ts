import { NamedRules } from './named-rules.js';
import { RuleError, ruleId } from './rule.js';
import type { RuleKind } from './rule-kind.js';

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
    throw new RuleError(
      'unknown-app',
      `no app is called '${text}'; ${hint}`,
      near.map((app) => ruleId('app', app)),
    );
  },
  // A store may hold any name: an app from a user's own file, or of a newer version, is no error there.
  isCanonical: (value) => canonical().test(value),
  tooBroad: () => null,
  candidates: (value, apps) => apps.lineage(value).names,
  // Which of two apps is a part of the other is for their tree to say: see AppLineage.
  compareWidth: () => 0,
  compile(slices) {
    const rules = new NamedRules(slices);
    // The names begin with the app itself, so that its rule decides before one for its parent.
    return {
      app: { find: ({ names }) => rules.find(names), findAll: ({ names }, into) => rules.findAll(names, into) },
    };
  },
};
