/** What users are told about a text before it becomes a rule. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../src/core/policy/app-names.js';
import { readRule } from '../../src/rules/rule-reading.js';

const APPS = appNamesOf(createAppTable([]));
const read = (text: string, type: Parameters<typeof readRule>[1] = null) => readRule(text, type, APPS);

describe('a text that is a rule', () => {
  it.each([
    ['192.0.2.1', 'ip', 'the address 192.0.2.1'],
    ['10.0.0.7/8', 'ip', 'all addresses of 10.0.0.0/8'],
    ['443', 'port', 'port 443 of servers, any protocol'],
    ['443/udp', 'port', 'port 443 of servers, UDP'],
    ['tcp/6881-6889', 'port', 'ports 6881 to 6889 of servers, TCP'],
    ['Example.ORG.', 'domain', 'example.org and its subdomains'],
    ['=example.org', 'domain', 'example.org without its subdomains'],
    ['*.example.org', 'domain', 'the subdomains of example.org, not the name itself'],
    ['youtube', 'app', 'the app YOUTUBE with its parts'],
    ['category:video', 'category', 'all apps of the category video'],
    ['proto:ssl', 'proto', 'connections that speak tls'],
  ])('%s is of type %s: %s', (text, type, matches) => {
    expect(read(text)).toMatchObject({ pattern: { type }, matches, problem: null });
  });

  it('may name an app that users mean', () => {
    expect(read('www.youtube.com')).toMatchObject({ app: 'YOUTUBE', suggestions: ['app:YOUTUBE'] });
    expect(read('example.org')).toMatchObject({ app: null, suggestions: [] });
  });

  it('gets the warnings of dpi rules add', () => {
    expect(read('co.uk').warnings).toEqual([expect.stringContaining('domain:co.uk matches')]);
    expect(read('youtube', 'domain').warnings).toEqual([expect.stringContaining('did you mean youtube.com or app:')]);
    expect(read('0.0.0.0/0').warnings).toHaveLength(1);
  });
});

describe('a text that is no rule', () => {
  it.each([
    ['youtub', null, ['app:YOUTUBE']],
    ['YUOTUBE', 'app', ['app:YOUTUBE']],
    ['video', null, ['category:video']],
    ['category:vidoe', null, ['category:video']],
    ['proto:shs', null, ['proto:ssh']],
    ['ssh', null, ['proto:ssh']],
    ['70000', null, []],
    ['', null, []],
    ['https://example.org/x', 'domain', []],
  ] as const)('%s (%s) gets the suggestions %j', (text, type, suggestions) => {
    const { pattern, matches, problem, suggestions: found } = read(text, type);
    expect([pattern, matches]).toEqual([null, null]);
    expect(problem).toBeTruthy();
    expect(found).toEqual(expect.arrayContaining([...suggestions]));
    for (const one of found) expect(problem).toContain(one.slice(one.indexOf(':') + 1));
    // Each suggestion is a rule.
    for (const one of found) expect(read(one).problem).toBeNull();
  });

  it('never throws', () => {
    for (const text of [':', 'domain:', 'app:\u2028', '\0', '[', '*.', '=', 'x'.repeat(5000), '::/0/0', '日本']) {
      expect(() => read(text)).not.toThrow();
    }
  });
});
