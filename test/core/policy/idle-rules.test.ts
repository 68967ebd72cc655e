import { expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { idleRuleWarnings } from '../../../src/core/policy/idle-rules.js';
import { broadRuleWarnings } from '../../../src/rules/broad-rules.js';

const apps = appNamesOf(createAppTable());
const groupOf = (...values: string[]) =>
  [{ type: 'domain', action: 'block', values, comment: null, expiresMs: null, createdMs: 0 }] as const;

it('warns about a domain rule that is the name of an app, and of no site', () => {
  expect(idleRuleWarnings(groupOf('youtube', '=tiktok', 'gdrive'), apps)).toEqual([
    "the rule domain:youtube matches only 'youtube' itself and names that end in '.youtube'; did you mean youtube.com or app:YOUTUBE?",
    "the rule domain:=tiktok matches only 'tiktok' itself and names that end in '.tiktok'; did you mean tiktok.com or app:TIKTOK?",
    "the rule domain:gdrive matches only 'gdrive' itself and names that end in '.gdrive'; did you mean app:GOOGLE_DRIVE?",
  ]);
  expect(idleRuleWarnings(groupOf('youtube.com', 'localhost', 'com', '*.example'), apps)).toEqual([]);
});

it('warns once about a rule, whether it matches too little or too much', () => {
  expect(broadRuleWarnings(groupOf('youtube'), apps)).toHaveLength(1);
  expect(broadRuleWarnings(groupOf('com'), apps)[0]).toContain('every site under the public suffix com');
});
