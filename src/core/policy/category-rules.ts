import { CATEGORIES } from '../classify/app-definition.js';
import { editDistance } from '../classify/edit-distance.js';
import { NamedRules } from './named-rules.js';
import { RuleError, ruleId } from './rule.js';
import type { RuleKind } from './rule-kind.js';

/** Rules of type `category`: the connection's app is of the category. */
export const CATEGORY_RULES: RuleKind = {
  type: 'category',
  expected: 'a category such as video or gambling',
  // Some categories are protocols (dns) or plain words: the type has to be stated.
  looksLike: () => false,
  parse(text) {
    const word = text.trim().toLowerCase();
    if ((CATEGORIES as readonly string[]).includes(word)) return word;
    const near = CATEGORIES.filter((name) => editDistance(word, name) <= 2);
    const hint = near.length === 0 ? `allowed: ${CATEGORIES.join(', ')}` : `did you mean ${near.join(' or ')}?`;
    throw new RuleError(
      'unknown-category',
      `no category is called '${text}'; ${hint}`,
      near.map((name) => ruleId('category', name)),
    );
  },
  // A store may hold the name of a newer version.
  isCanonical: (value) => /^[a-z0-9][a-z0-9-]{0,31}$/.test(value),
  tooBroad: () => null,
  candidates: (value) => [value],
  compareWidth: () => 0,
  compile(slices) {
    const rules = new NamedRules(slices);
    return {
      app: {
        find: ({ category }) => (category === null ? -1 : rules.findOne(category)),
        findAll: ({ category }, into) => rules.findAll(category === null ? [] : [category], into),
      },
    };
  },
};
