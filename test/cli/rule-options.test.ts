import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, it } from 'vitest';
import { JsonRuleStore } from '../../src/adapters/stores/json-rule-store.js';
import type { CliContext } from '../../src/cli/context.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../../src/cli/rule-options.js';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { loadRules } from '../../src/usecases/rules/rules-in-force.js';

const apps = createAppTable();
const folder = mkdtempSync(join(tmpdir(), 'dpi-rule-options-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inForce(...args: string[]): Promise<string[]> {
  const command = new Command('analyze');
  addRuleOptions(command);
  command.parse(args, { from: 'user' });
  const context = { env: {} } as CliContext;
  const { rules } = await loadRules(chosenRules(command.opts<RuleFlags>(), context), apps);
  return Array.from(
    { length: rules.size },
    (_, i) => `${rules.isAllow(i) ? 'allow' : 'block'} ${rules.ruleId(i)}`,
  ).sort();
}

it('joins the rules of the call with the stored ones', async () => {
  const file = join(folder, 'rules.json');
  const shared = { comment: null, expiresMs: null, createdMs: 0 };
  await new JsonRuleStore(file).add([
    { type: 'domain', action: 'block', values: ['a.example', 'b.example'], ...shared },
    { type: 'app', action: 'block', values: ['TIKTOK'], ...shared, expiresMs: 1 },
  ]);
  const call = [
    '--block-domain',
    'A.example',
    '--block-app',
    'x',
    '--allow-ip',
    '10.1.1.1/8',
    '--block-port',
    'udp/443',
    '--block-port',
    '22',
  ];
  const ofCall = [
    'allow ip:10.0.0.0/8',
    'block app:TWITTER',
    'block domain:a.example',
    'block port:22',
    'block port:udp/443',
  ];
  expect(await inForce('--rules-file', file, ...call)).toEqual([...ofCall, 'block domain:b.example'].sort());
  expect(await inForce('--no-stored-rules', ...call)).toEqual(ofCall);
  expect(await inForce('--rules-file', file)).toEqual(['block domain:a.example', 'block domain:b.example']);
  await expect(inForce('--block-app', 'youtub')).rejects.toThrow(
    "--block-app: no app is called 'youtub'; did you mean YOUTUBE or YOUKU?",
  );
  await expect(inForce('--rules-file', join(folder, 'none'))).rejects.toThrow('there is no rules file');
});
