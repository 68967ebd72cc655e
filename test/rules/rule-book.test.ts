import { describe, expect, it } from 'vitest';
import { inOneGo } from '../../src/core/common/turns.js';
import { type RuleAction, type RuleGroup, type RuleType, rulesOfGroups } from '../../src/core/policy/rule.js';
import { RuleBook, type RuleChange } from '../../src/rules/rule-book.js';
import { withChanges } from '../../src/rules/rule-change.js';
import type { StoredRules } from '../../src/rules/rule-store.js';
import { Prng } from '../forge/prng.js';

function group(type: RuleType, action: RuleAction, ...values: string[]): RuleGroup {
  return { type, action, values, comment: null, expiresMs: null, createdMs: 0 };
}

const listed = ({ groups }: StoredRules) =>
  [...rulesOfGroups(groups)].map(({ id, action }) => `${id} ${action}`).sort();

describe('RuleBook', () => {
  it.each(Array.from({ length: 10 }, (_, seed) => seed + 1))('holds what the changes leave, seed %i', (seed) => {
    const prng = new Prng(seed);
    const some = () => Array.from(new Set(Array.from({ length: prng.int(4) }, () => `v${prng.int(12)}`)));
    const types: RuleType[] = ['domain', 'app'];
    const first = {
      version: 7,
      groups: [group('domain', 'block', 'v0', 'v1', 'v2'), group('app', 'allow', 'v1', 'v9')],
    };
    const changes: RuleChange[] = [];
    let book = inOneGo(RuleBook.read(first));
    const beginning = book;
    for (let version = 8; version < 40; version++) {
      const added = some();
      const type = types[prng.int(2)]!;
      const change = {
        version,
        removed: [{ type: types[prng.int(2)]!, values: some() }],
        added: added.length === 0 ? [] : [group(type, prng.int(2) === 0 ? 'allow' : 'block', ...added)],
      };
      changes.push(change);
      book = book.after(change);
      const expected = listed(withChanges(first, changes));
      expect(listed(book)).toEqual(expected);
      expect([book.version, book.length]).toEqual([version, expected.length]);
      for (const { groups } of [book]) for (const one of groups) expect(one.values.length).toBe([...one.values].length);
      for (const one of book.groups) {
        for (let i = 0; i < one.values.length; i++) expect(one.values.at(i)).toBe([...one.values][i]);
      }
      for (let i = 0; i < 12; i++) {
        const found = book.find('app', `v${i}`);
        expect(found === null ? [] : [`app:v${i} ${found.action}`]).toEqual(
          expected.filter((line) => line.startsWith(`app:v${i} `)),
        );
      }
      if (version === 20) book = inOneGo(RuleBook.read(book));
      expect(book.since(beginning)).toEqual(version < 20 ? changes : null);
    }
    expect(listed(beginning)).toEqual(listed(first));
  });
});
