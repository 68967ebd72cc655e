import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { matchesQuery, parseExplainQuery } from '../../../src/core/explain/query.js';
import { connection } from '../../support/report-fixture.js';

const apps = createAppTable([]);

function matches(text: string, changes: Parameters<typeof connection>[0] = {}): boolean {
  return matchesQuery(parseExplainQuery(text, apps), connection(changes));
}

describe('--explain', () => {
  it.each([
    ['17', 'id'],
    ['#17', 'packet'],
    ['youtube', 'app'],
    ['X', 'app'],
    ['unknown', 'app'],
    ['192.0.2.1', 'ip'],
    ['192.0.2.0/24', 'ip'],
    ['2001:db8::/32', 'ip'],
    ['[2001:db8::1]:443', 'ip'],
    ['192.0.2.1:53', 'ip'],
    ['ssh', 'label'],
    ['i.ytimg.com', 'host'],
    ['https://I.YTIMG.com/x', 'host'],
  ])('takes %s for %s', (text, kind) => {
    expect(parseExplainQuery(text, apps).kind).toBe(kind);
  });

  it.each(['', 'foo bar', '192.0.2.1/24', '192.0.2.1:70000'])('refuses %j in a sentence', (text) => {
    expect(() => parseExplainQuery(text, apps)).toThrow(/^--explain takes a connection's id, a packet/);
  });

  it('matches names at label boundaries, any name of the connection', () => {
    expect(matches('ytimg.com')).toBe(true);
    expect(matches('i.ytimg.com')).toBe(true);
    expect(matches('timg.com')).toBe(false);
    expect(matches('example.org', { domains: ['a.example', 'www.example.org'] })).toBe(true);
  });

  it('matches ids, apps and either address', () => {
    expect(matches('1')).toBe(true);
    expect(matches('2')).toBe(false);
    expect(matches('YOUTUBE')).toBe(true);
    expect(matches('UNKNOWN')).toBe(false);
    expect(matches('10.0.0.5')).toBe(true);
    expect(matches('142.250.184.0/24')).toBe(true);
    expect(matches('10.0.0.6')).toBe(false);
    expect(matches('10.0.0.5:51234')).toBe(true);
    expect(matches('142.250.184.206:443')).toBe(true);
    expect(matches('10.0.0.5:443')).toBe(false);
    expect(matches('tls')).toBe(true);
    expect(matches('ssh')).toBe(false);
    expect(matches('::ffff:10.0.0.5')).toBe(false);
  });
});
