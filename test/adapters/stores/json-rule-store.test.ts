import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { JsonRuleStore } from '../../../src/adapters/stores/json-rule-store.js';
import { countRules } from '../../../src/core/policy/rule.js';
import { bundledScript } from '../../support/bundled-script.js';
import { ruleStoreSuite, rules } from './rule-store-suite.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let names = 0;
const newPath = (): string => join(folder, `${++names}`, 'rules.json');

function newFile(text: string): string {
  const path = newPath();
  mkdirSync(join(path, '..'));
  writeFileSync(path, text);
  return path;
}

ruleStoreSuite('JSON', {
  available: true,
  create: async () => ['json', newPath(), ''],
  open: ([, location]) => new JsonRuleStore(location),
});

describe('JSON rules file', () => {
  it('is readable by its owner only where it is new, and leaves nothing beside it', async () => {
    const path = newPath();
    await new JsonRuleStore(path).add([rules('app', ['TIKTOK'])]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['rules.json']);
  });

  it.each([0o664, 0o640, 0o644, 0o600])(
    'keeps its mode %o, so that others who could read it still can',
    async (mode) => {
      const path = newFile('{"schema_version":1,"version":7,"rules":[]}');
      chmodSync(path, mode);
      const store = new JsonRuleStore(path);
      expect((await store.add([rules('app', ['TIKTOK'])])).version).toBe(8);
      await store.remove([{ type: 'app', values: ['TIKTOK'] }]);
      expect(statSync(path).mode & 0o777).toBe(mode);
      expect(readdirSync(join(path, '..'))).toEqual(['rules.json']);
    },
  );

  it.runIf(process.getuid?.() === 0)('keeps its owner and group under root', async () => {
    const path = newFile('{"schema_version":1,"version":7,"rules":[]}');
    chownSync(path, 1, 65_534);
    chmodSync(path, 0o640);
    await new JsonRuleStore(path).add([rules('app', ['TIKTOK'])]);
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o777]).toEqual([1, 65_534, 0o640]);
  });

  it('counts on from the last version that a number can hold', async () => {
    const path = newFile(`{"schema_version":1,"version":${Number.MAX_SAFE_INTEGER},"rules":[]}`);
    const store = new JsonRuleStore(path);
    expect((await store.add([rules('app', ['TIKTOK'])])).version).toBe(1);
    expect((await store.add([rules('app', ['YOUTUBE'])])).version).toBe(2);
    expect(countRules((await store.load()).groups)).toBe(2);
  });

  it('goes where a link points, also where no file is there yet', async () => {
    const path = newPath();
    const real = join(dirname(path), 'real', 'file.json');
    mkdirSync(dirname(real), { recursive: true });
    symlinkSync('middle.json', path);
    symlinkSync('real/file.json', join(dirname(path), 'middle.json'));
    await new JsonRuleStore(path).add([rules('app', ['TIKTOK'])]);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(countRules((await new JsonRuleStore(real).load()).groups)).toBe(1);
  });

  it('holds a long list as entries of at most 10,000 values, in the same order', async () => {
    const path = newPath();
    const names = Array.from({ length: 25_000 }, (_, i) => `n${i}.example`);
    await new JsonRuleStore(path).add([rules('domain', names), rules('app', ['TIKTOK'])]);

    const { rules: entries } = JSON.parse(readFileSync(path, 'utf8')) as { rules: { values: string[] }[] };
    expect(entries.map(({ values }) => values.length)).toEqual([10_000, 10_000, 5000, 1]);
    const { groups } = await new JsonRuleStore(path).load();
    expect(groups.flatMap(({ values }) => [...values])).toEqual([...names, 'TIKTOK']);
    expect(new Set(groups.slice(0, 3).map(({ values: _, ...head }) => JSON.stringify(head))).size).toBe(1);
  });

  it('stays a symbolic link', async () => {
    const path = newFile('{"rules":[]}');
    const link = `${path}.link`;
    symlinkSync(path, link);
    await new JsonRuleStore(link).add([rules('app', ['TIKTOK'])]);
    expect(countRules((await new JsonRuleStore(path).load()).groups)).toBe(1);
  });

  it('tells watchers of an edit by hand and of a file made anew, which leave the version as it was', async () => {
    const path = newFile('{"version":3,"rules":[{"type":"app","value":"TIKTOK","action":"block"}]}');
    const seen: string[] = [];
    const stop = await new JsonRuleStore(path).watch(
      ({ version, groups }) => seen.push(`${version} ${groups[0]?.values.at(0)}`),
      (error) => seen.push(error.message),
    );
    writeFileSync(path, '{"version":3,"rules":[{"type":"app","value":"ZOOM","action":"block"}]}');
    await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe('3 ZOOM');
    rmSync(path);
    await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe('0 undefined');
    writeFileSync(path, '{"version":3,"rules":[{"type":"app","value":"SPOTIFY","action":"block"}]}');
    await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe('3 SPOTIFY');
    await stop();
  });

  it('tells watchers of changes that keep coming', async () => {
    const path = newPath();
    const store = new JsonRuleStore(path);
    let last = 0;
    let told = 0;
    const stop = await store.watch(
      ({ version }) => {
        last = version;
        told++;
      },
      (error) => expect.fail(error.message),
    );
    const end = performance.now() + 400;
    let version = 0;
    let toldBeforeEnd = 0;
    while (performance.now() < end) {
      ({ version } = await store.add([rules('port', [String(version + 1)])]));
      toldBeforeEnd = told;
    }
    expect(toldBeforeEnd).toBeGreaterThan(1);
    await expect.poll(() => last, { timeout: 5000 }).toBe(version);
    await stop();
  });

  it('is legible and can be written by hand', async () => {
    const path = newFile(`[
      { "type": "domain", "value": "YouTube.com.", "action": "block" },
      { "type": "ip", "values": ["10.1.2.3/8"], "action": "allow", "comment": "ours", "expires": "2099-01-01" }
    ]`);
    const store = new JsonRuleStore(path);
    await store.add([rules('app', ['TIKTOK'])]);
    expect(readFileSync(path, 'utf8')).toBe(`{
  "schema_version": 1,
  "version": 1,
  "rules": [
    {"type":"domain","action":"block","values":[
      "youtube.com"
    ]},
    {"type":"ip","action":"allow","comment":"ours","expires":"2099-01-01T00:00:00Z","values":[
      "10.0.0.0/8"
    ]},
    {"type":"app","action":"block","created":"2023-11-14T22:13:20Z","values":[
      "TIKTOK"
    ]}
  ]
}
`);
  });

  it.each([
    ['', 'is empty'],
    ['{"schema_version": 1,\n "rules": [\n  {"type": "domain",]\n}', 'line 3, column 21: unexpected "]"'],
    ['{"schema_version":1,"rules":[', 'line 1, column 30: the text ends too early'],
    ['{"rules": "x\ny"}', 'line 1, column 13: unexpected "\\n"'],
    ['{"rules": [tru]}', 'line 1, column 12: unexpected "t"'],
    ['\ufeff{"rules": [,]}', 'line 1, column 12: unexpected ","'],
    ['17', 'holds no rules'],
    ['{"schema_version":1}', 'line 1, column 1 (rules)'],
    [
      '{"rules":[\n {"type":"domain","action":"block","values":["a.example",\n  "b..example"]}]}',
      "line 3, column 3 (rules.0.values.1): 'b..example' is not a domain name",
    ],
    ['{"rules":[{"type":"host","action":"block","value":"a"}]}', 'column 19 (rules.0.type)'],
    ['{"rules":[{"type":"ip","action":"drop","value":"1.1.1.1"}]}', 'column 33 (rules.0.action)'],
    ['{"rules":[{"type":"ip","action":"block","value":"1.1.1.1","expiry":"x"}]}', 'expiry'],
    ['{"rules":[{"type":"ip","action":"block"}]}', 'either "value" or "values"'],
    ['{"rules":[{"type":"ip","action":"block","value":"1.1.1.1","expires":"soon"}]}', 'expected an ISO 8601'],
    ['{"schema_version":2,"rules":[]}', 'written by a newer dpi (schema version 2'],
    ['{"schema_version":"1","rules":[]}', '(schema_version)'],
  ])('is reported with its position when damaged, and never overwritten: %s', async (text, part) => {
    const path = newFile(text);
    const store = new JsonRuleStore(path);
    await expect(store.load()).rejects.toThrow(path);
    await expect(store.load()).rejects.toThrow(part);
    await expect(store.add([rules('app', ['TIKTOK'])])).rejects.toThrow(part);
    await expect(store.clear()).rejects.toThrow(part);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(join(path, '..'))).toEqual(['rules.json']);
  });

  it('is an error when it was named and is not there', async () => {
    const path = newPath();
    await expect(new JsonRuleStore(path, true).load()).rejects.toThrow(`there is no rules file ${path}`);
    await new JsonRuleStore(path, true).add([rules('app', ['TIKTOK'])]);
    expect(existsSync(path)).toBe(true);
  });

  it('says why it cannot be read or written', async () => {
    const path = newFile('{"rules":[]}');
    await expect(new JsonRuleStore(join(path, 'x')).load()).rejects.toThrow('a part of the path is not a directory');
    await expect(new JsonRuleStore(join(path, '..')).load()).rejects.toThrow('it is a directory');
    await expect(new JsonRuleStore('/proc/nowhere/rules.json').add([rules('app', ['TIKTOK'])])).rejects.toThrow(
      "can't write the rules file",
    );
  });

  it('recovers from writers that were killed', async () => {
    const path = newFile('{"rules":[]}');
    const old = new Date(Date.now() - 120_000);
    mkdirSync(`${path}.lock`);
    utimesSync(`${path}.lock`, old, old);
    const leftover = `${path}.123-0a1b2c3d.tmp`;
    writeFileSync(leftover, '{"rul');
    utimesSync(leftover, old, old);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => new JsonRuleStore(path).add([rules('domain', [`n${i}.example`])])),
    );
    expect(countRules((await new JsonRuleStore(path).load()).groups)).toBe(10);
    expect(readdirSync(join(path, '..'))).toEqual(['rules.json']);
  });

  it('is whole after kill -9 at any moment', async () => {
    const path = newPath();
    const script = await bundledScript(new URL('./rule-writer.ts', import.meta.url));
    const versionOf = async (file: string) => (await new JsonRuleStore(file).load()).version;
    let seen = 0;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [script, 'json', path, '', `r${round}`, '100000'], {
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // From the first change on, however long a busy machine takes to start the writer.
      await expect.poll(() => versionOf(path), { timeout: 30_000, interval: 5 }).toBeGreaterThan(seen);
      await new Promise((resolve) => setTimeout(resolve, round * 37));
      child.kill('SIGKILL');
      await ended;
      const { version, groups } = await new JsonRuleStore(path).load();
      expect(countRules(groups)).toBe(version);
      seen = version;
      // The next round must not wait for the lock of the dead.
      rmSync(`${path}.lock`, { recursive: true, force: true });
    }
    rmSync(dirname(script), { recursive: true });
  }, 200_000);
});
