/** The manual pages: one for each command, all options in them, and nothing that mandoc complains about. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { manPages } from '../../scripts/man-page.js';
import { commandTree } from '../../src/cli/command-tree.js';
import { processContext } from '../../src/cli/context.js';

const ROOT = resolve(import.meta.dirname, '../..');
const isMissing = !(process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'mandoc')));

let folder: string;
let pages: ReturnType<typeof manPages>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-man-'));
  pages = manPages(await commandTree(processContext(), false, () => true));
  for (const { name, text } of pages) writeFileSync(join(folder, `${name}.1`), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('are listed in package.json', () => {
  const { man } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(man).toEqual(pages.map(({ name }) => `./dist/man/${name}.1`).sort());
});

it('hold every option and argument', async () => {
  const rulesAdd = pages.find(({ name }) => name === 'dpi-rules-add')!.text;
  for (const option of ['comment', 'expires', 'redis\\-prefix', 'quiet']) expect(rulesAdd).toContain(`Fl \\-${option}`);
  expect(rulesAdd).toContain('.It Ar rule');
  expect(pages.map(({ name }) => name)).not.toContain('dpi-complete');
});

it.skipIf(isMissing && process.env.CI === undefined)('pass mandoc -T lint, and are read as written', () => {
  const files = pages.map(({ name }) => join(folder, `${name}.1`));
  let complaints = '';
  try {
    execFileSync('mandoc', ['-T', 'lint', ...files], { encoding: 'utf8' });
  } catch (error) {
    complaints = (error as { stdout: string }).stdout;
  }
  // Pages that refer to each other are not installed here.
  expect(complaints.split('\n').filter((line) => line !== '' && !line.includes('referenced manual not found'))).toEqual(
    [],
  );
  const shown = execFileSync('mandoc', ['-T', 'ascii', join(folder, 'dpi-analyze.1')], { encoding: 'utf8' });
  const text = shown.replace(/.\x08/g, '');
  expect(text).toContain('dpi analyze [options] capture ...');
  expect(text).toContain(`jq -r 'select(.app == "YOUTUBE") | .domain'`);
  expect(text).toMatch(/--block-app app\n/);
});
