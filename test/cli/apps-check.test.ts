/** `dpi apps check`, and the schema of app files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../src/core/classify/app-definition.js';
import { parseAppFile } from '../../src/core/classify/parse-app-file.js';
import { runInProcess } from '../support/run-in-process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-apps-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe('dpi apps check', () => {
  it('says which names and addresses belonged to another app', async () => {
    const path = file('ours.json', {
      apps: [
        { name: 'WIKI', domains: ['wikipedia.org', '=studio.youtube.com', 'wiki.example'], ranges: ['149.154.167.51'] },
        { name: 'NETFLIX', domains: ['cache.example'] },
        { name: 'TUBE', aliases: ['YT'], domains: ['*.ytimg.com', 'pre*.tube.example'] },
      ],
    });
    const { stdout, stderr, exitCode } = await runInProcess(['apps', 'check', '--json', path]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    const { apps, shadows, names } = JSON.parse(stdout);
    expect(apps).toContainEqual({ name: 'WIKI', names: 3, ranges: 1 });
    const shadow = (entry: string) => shadows.find((one: { entry: string }) => one.entry === entry);
    expect(shadow('wikipedia.org')).toMatchObject({ app: 'WIKI', shadowed_app: 'WIKIPEDIA', same_entry: true });
    expect(shadow('=studio.youtube.com')).toMatchObject({ shadowed_entry: 'youtube.com', same_entry: false });
    expect(shadow('*.ytimg.com')).toMatchObject({ shadowed_app: 'YOUTUBE', shadowed_entry: 'ytimg.com' });
    expect(shadow('149.154.167.51')).toMatchObject({ shadowed_app: 'TELEGRAM' });
    expect(shadow('wiki.example')).toBeUndefined();
    expect(names).toContainEqual({ app: 'NETFLIX', name: 'NETFLIX', known_app: 'NETFLIX' });
    const { stdout: text } = await runInProcess(['apps', 'check', path]);
    expect(text).toContain(' wikipedia.org of WIKI belonged to WIKIPEDIA\n');
    expect(text).toContain(' =studio.youtube.com of WIKI lies in youtube.com of YOUTUBE\n');
    expect(text).toContain(' NETFLIX adds to the built-in app\n');
  });

  it('says that nothing changes', async () => {
    const path = file('new.json', { name: 'INTRANET', domains: ['intranet.example'] });
    const { stdout } = await runInProcess(['apps', 'check', path]);
    expect(stdout).toBe(' INTRANET: 1 name, 0 ranges\n nothing of the built-in list changes\n');
  });

  it('refuses a file with a mistake', async () => {
    const { stderr, exitCode } = await runInProcess([
      'apps',
      'check',
      file('bad.json', { name: 'X', domain: ['a.b'] }),
    ]);
    expect([stderr, exitCode]).toEqual([
      expect.stringContaining('domain is not a known field (did you mean domains?)'),
      2,
    ]);
  });

  it('leaves "dpi apps" what it was', async () => {
    expect((await runInProcess(['apps', 'i.ytimg.com'])).stdout).toContain('belongs to YOUTUBE');
    expect((await runInProcess(['apps', 'nosuchapp'])).stderr).toContain('is neither a known app nor a host name');
  });
});

describe('the schema of app files', () => {
  const schema = JSON.parse(readFileSync('schema/app-file.schema.json', 'utf8'));
  const isValid = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema);

  it('has every field and category that a file may have', () => {
    const { properties } = schema.$defs.app;
    expect(properties.category.enum).toEqual([...CATEGORIES]);
    const values: Record<string, unknown> = { array: ['a.example'], object: { a: ['de'] }, string: 'x' };
    for (const [name, { type }] of Object.entries<{ type?: string }>(properties)) {
      const special: Record<string, unknown> = {
        category: 'other',
        ranges: ['192.0.2.0/24'],
        hosting_ranges: ['2001:db8::/32'],
        aliases: ['X'],
      };
      const app = { name: 'X', domains: ['a.example'], [name]: special[name] ?? values[type ?? ''] };
      expect(() => parseAppFile(JSON.stringify(app), 'x'), name).not.toThrow();
      expect(isValid(app), name).toBe(true);
    }
  });

  it.each([
    [{ apps: [{ name: 'X', domains: ['=a.example', '*.b.example', 'pre*.c.example'] }] }, true],
    [[{ name: 'X', ranges: ['192.0.2.1'] }], true],
    [{ name: 'X' }, false],
    [{ name: 'X', domain: ['a.example'] }, false],
    [{ name: 'a b', domains: ['a.example'] }, false],
    [{ name: 'X', domains: ['a.example'], category: 'nice' }, false],
    [{ name: 'X', ranges: ['a.example'] }, false],
  ])('judges %j as the program does', (content, expected) => {
    expect(isValid(content)).toBe(expected);
    const parse = () => parseAppFile(JSON.stringify(content), 'x');
    if (expected) expect(parse).not.toThrow();
    else expect(parse).toThrow();
  });
});
