import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import {
  countRules,
  isExpired,
  joinAlike,
  type RuleGroup,
  ruleOfGroup,
  rulesOfGroups,
} from '../../../src/core/policy/rule.js';

const DOMAINS: RuleGroup = {
  type: 'domain',
  action: 'block',
  values: ['a.example', '=b.example'],
  comment: 'office',
  expiresMs: 5000,
  createdMs: 1000,
};
const PORTS: RuleGroup = {
  ...DOMAINS,
  type: 'port',
  action: 'allow',
  values: ['udp/443'],
  comment: null,
  expiresMs: null,
};

describe('a group of rules', () => {
  it('is joined with neighbours that differ in their values alone', () => {
    const more = { ...DOMAINS, values: ['c.example'] };
    const joined = { ...DOMAINS, values: ['a.example', '=b.example', 'c.example'] };
    expect(joinAlike([DOMAINS, more, PORTS, more])).toEqual([joined, PORTS, more]);
    for (const other of [{ action: 'allow' as const }, { comment: null }, { expiresMs: 6000 }, { createdMs: 0 }]) {
      const groups = [DOMAINS, { ...DOMAINS, ...other }];
      expect(joinAlike(groups)).toEqual(groups);
    }
    expect(joinAlike([])).toEqual([]);
  });

  it('is its rules, which share all but their value', () => {
    expect([...rulesOfGroups([DOMAINS, PORTS])]).toEqual([
      {
        id: 'domain:a.example',
        type: 'domain',
        value: 'a.example',
        action: 'block',
        comment: 'office',
        expiresMs: 5000,
        createdMs: 1000,
      },
      { ...ruleOfGroup(DOMAINS, 0), id: 'domain:=b.example', value: '=b.example' },
      { ...ruleOfGroup(PORTS, 0), id: 'port:udp/443', value: 'udp/443', action: 'allow', comment: null },
    ]);
    expect(countRules([DOMAINS, PORTS, { ...PORTS, values: [] }])).toBe(3);
    expect(countRules([])).toBe(0);
  });

  it('is over from its expiry on, or never', () => {
    expect([isExpired(DOMAINS, 4999), isExpired(DOMAINS, 5000), isExpired(PORTS, Number.MAX_VALUE)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('the apps that rules name', () => {
  const names = appNamesOf(createAppTable());

  it('are found by any case and by alias', () => {
    expect([names.find('youtube'), names.find('X'), names.find('YouTuba')]).toEqual(['YOUTUBE', 'TWITTER', null]);
  });

  it('are suggested for what is almost one', () => {
    expect(names.suggest('youtub')[0]).toBe('YOUTUBE');
    expect(names.suggest('qqqqqqqqqqqqqq')).toEqual([]);
  });

  it('own hosts by whole labels', () => {
    expect([names.ofHost('www.youtube.com'), names.ofHost('notyoutube.com')]).toEqual(['YOUTUBE', null]);
  });
});
