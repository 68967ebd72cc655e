/** The rule stores. */
export { openRuleStore } from '../adapters/stores/open-rule-store.js';
export { parseRulesDocument } from '../adapters/stores/rules-document.js';
