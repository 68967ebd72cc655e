/** Large rules files, whose small changes a server appends to a journal. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { JsonRuleStore } from '../../../src/adapters/stores/json-rule-store.js';
import { RuleMemory } from '../../../src/adapters/stores/rule-memory.js';
import { countRules } from '../../../src/core/policy/rule.js';
import { MANY_RULES } from '../../../src/rules/rule-book.js';
import { ADDED, REPLACED, type RuleStore, UNCHANGED } from '../../../src/rules/rule-store.js';
import { rules } from './rule-store-suite.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const many = Array.from({ length: MANY_RULES }, (_, i) => `h${i}.example`);
let number = 0;
let path = '';
let journal = '';
let server: JsonRuleStore;

beforeEach(async () => {
  path = join(folder, `${++number}.json`);
  journal = `${path}.changes`;
  await new JsonRuleStore(path).add([rules('domain', many)]);
  server = new JsonRuleStore(path, true, new RuleMemory());
});

async function state(store: RuleStore, ...values: string[]) {
  const { version, groups } = await store.load();
  const { groups: found } = await store.find([{ type: 'domain', values }]);
  return { version, count: countRules(groups), found: found.flatMap((group) => [...group.values]).sort() };
}

describe('the journal of a rules file', () => {
  it('takes small changes, which every reader sees, and goes into the file in the end', async () => {
    const before = statSync(path).ino;
    const added = await server.add([rules('domain', ['new.example', 'h1.example'], { comment: 'x' })]);
    expect([added.version, [...added.outcomes]]).toEqual([2, [ADDED, REPLACED]]);
    expect([...(await server.add([rules('domain', ['new.example'], { comment: 'x' })])).outcomes]).toEqual([UNCHANGED]);
    expect(await server.remove([{ type: 'domain', values: ['h0.example', 'none.example'] }])).toEqual({
      version: 3,
      removed: ['domain:h0.example'],
      missing: ['domain:none.example'],
    });
    expect([statSync(path).ino, existsSync(journal), statSync(journal).mode & 0o777]).toEqual([before, true, 0o600]);
    const expected = { version: 3, count: MANY_RULES, found: ['h1.example', 'new.example'] };
    const asked = ['h0.example', 'h1.example', 'new.example'] as const;
    const others = [server, new JsonRuleStore(path), new JsonRuleStore(path, true, new RuleMemory())];
    for (const store of others) expect(await state(store, ...asked)).toEqual(expected);
    expect(await new JsonRuleStore(path).version()).toBe(3);
    await server.close();
    expect(existsSync(journal)).toBe(false);
    expect(JSON.parse(readFileSync(path, 'utf8')).version).toBe(3);
    for (const store of others) expect(await state(store, ...asked)).toEqual(expected);
  });

  it('goes into the file with a whole write by another process', async () => {
    await server.add([rules('domain', ['a.test'])]);
    expect((await new JsonRuleStore(path).add([rules('domain', ['b.test'])])).version).toBe(3);
    expect(existsSync(journal)).toBe(false);
    expect(await state(server, 'a.test', 'b.test')).toMatchObject({ version: 3, found: ['a.test', 'b.test'] });
    expect((await server.add([rules('domain', ['c.test'])])).version).toBe(4);
    await server.close();
    expect(await state(new JsonRuleStore(path), 'a.test', 'b.test', 'c.test')).toMatchObject({
      version: 4,
      count: MANY_RULES + 3,
    });
  });

  it('is shared by two servers', async () => {
    const other = new JsonRuleStore(path, true, new RuleMemory());
    for (let i = 0; i < 5; i++) {
      await server.add([rules('domain', [`s${i}.test`])]);
      await other.add([rules('domain', [`o${i}.test`])]);
    }
    await Promise.all([server.close(), other.close()]);
    for (const store of [server, other, new JsonRuleStore(path)]) {
      expect(await state(store, 's4.test', 'o0.test')).toEqual({
        version: 11,
        count: MANY_RULES + 10,
        found: ['o0.test', 's4.test'],
      });
    }
  });

  it('loses a last line that a crash cut off, and nothing else', async () => {
    await server.add([rules('domain', ['a.test'])]);
    const whole = readFileSync(journal);
    await server.add([rules('domain', ['b.test'])]);
    const both = readFileSync(journal);
    for (const length of [whole.length + 1, both.length - 2, both.length - 1]) {
      writeFileSync(journal, both.subarray(0, length));
      const restarted = new JsonRuleStore(path, true, new RuleMemory());
      expect(await state(restarted, 'a.test', 'b.test')).toMatchObject({ version: 2, found: ['a.test'] });
      expect((await restarted.add([rules('domain', ['c.test'])])).version).toBe(3);
      expect(await state(new JsonRuleStore(path), 'a.test', 'b.test', 'c.test')).toMatchObject({
        version: 3,
        found: ['a.test', 'c.test'],
      });
    }
  });

  it('counts no change twice when a crash left it behind', async () => {
    await server.add([rules('domain', ['a.test'])]);
    const left = readFileSync(journal);
    await server.remove([{ type: 'domain', values: ['a.test'] }]);
    await server.close();
    writeFileSync(journal, left);
    const restarted = new JsonRuleStore(path, true, new RuleMemory());
    expect(await state(restarted, 'a.test')).toMatchObject({ version: 3, found: [] });
    expect((await restarted.add([rules('domain', ['b.test'])])).version).toBe(4);
    expect(await state(new JsonRuleStore(path), 'a.test', 'b.test')).toMatchObject({ version: 4, found: ['b.test'] });
  });

  it('does not apply to other rules that were put in the place of the file', async () => {
    await server.add([rules('domain', ['a.test'])]);
    writeFileSync(path, '{"schema_version":1,"version":0,"rules":[]}');
    expect(await state(new JsonRuleStore(path), 'a.test')).toEqual({ version: 0, count: 0, found: [] });
    expect(await state(server, 'a.test')).toEqual({ version: 0, count: 0, found: [] });
    expect((await server.add([rules('domain', ['b.test'])])).version).toBe(1);
    expect(existsSync(journal)).toBe(false);
  });

  it('is an error where a whole line is no change', async () => {
    await server.add([rules('domain', ['a.test'])]);
    for (const line of ['{}', '{"version":3,"removed":[{"type":"domain","values":["A B"]}],"added":[]}', 'x', 'null']) {
      const good = readFileSync(journal);
      appendFileSync(journal, `${line}\n`);
      await expect(new JsonRuleStore(path).load()).rejects.toThrow(`${journal} is damaged`);
      await expect(server.add([rules('domain', ['b.test'])])).rejects.toThrow('is no change');
      writeFileSync(journal, good);
    }
    expect((await server.add([rules('domain', ['b.test'])])).version).toBe(3);
  });

  it('tells watchers of each change', async () => {
    const seen: number[] = [];
    const stop = await new JsonRuleStore(path, true, new RuleMemory()).watch(
      ({ version }) => seen.push(version),
      (error) => expect.fail(error.message),
    );
    await server.add([rules('domain', ['a.test'])]);
    await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe(2);
    await server.close();
    await server.add([rules('domain', ['b.test'])]);
    await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe(3);
    await stop();
  });
});
