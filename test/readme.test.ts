/** README and docs/: every command runs, every output is real, every link and option exists. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, DocWorkshop, docPages, lacksTools, missingTools, readPage, stepsOf } from './support/doc-pages.js';
import { ensureBuilt, runDpi } from './support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '..');
const README_MAX_WORDS = 1_000;
/**
 * `text` is for pictures, `json` and `js` for files and records that are shown; test/cli/ci/workflows.test.ts runs the
 * steps of `yaml`.
 */
const LANGUAGES = ['sh', 'console', 'text', 'json', 'js', 'sql', 'yaml'];
const COMMANDS = [
  ...['analyze', 'apps', 'diff', 'evidence', 'filter', 'ingest', 'live', 'sanitize', 'schema', 'serve', 'verify'].map(
    (name) => [name],
  ),
  ...['run', 'plan', 'work', 'worker', 'merge', 'status', 'verify'].map((name) => ['batch', name]),
  ...['add', 'remove', 'list', 'check', 'test', 'import', 'export', 'clear'].map((name) => ['rules', name]),
  ...['write', 'test', 'export'].map((name) => ['snapshot', name]),
];

const missing = missingTools();
const isSkipped = lacksTools();
if (isSkipped) console.log(`skipped: ${missing.join(' and ')} not installed, so the commands of the pages are not run`);

beforeAll(ensureBuilt);

describe.each(docPages())('%s', (page) => {
  const text = readPage(page);
  const blocks = blocksOf(text);

  it('has links that lead somewhere', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((found) => found[1]!);
    const files = targets.filter((target) => !/^https?:/.test(target));
    expect(files.filter((file) => !existsSync(resolve(ROOT, dirname(page), file)))).toEqual([]);
  });

  it('names only source files that exist', () => {
    const files = [...text.matchAll(/`((?:src|test|docs|schema|scripts|samples)\/[\w./-]+)`/g)].map(
      (found) => found[1]!,
    );
    expect(files.filter((file) => !file.includes('NAME') && !existsSync(resolve(ROOT, file)))).toEqual([]);
  });

  it('shows no command that is not run', () => {
    expect(blocks.map(({ language }) => language).filter((language) => !LANGUAGES.includes(language))).toEqual([]);
    const pictures = blocks.filter(({ language }) => language === 'text');
    expect(pictures.filter((block) => /^(\$ |dpi [a-z])/m.test(block.text))).toEqual([]);
    // A block that its fences don't balance would swallow the next one.
    expect(text.split('```').length - 1).toBe(blocks.length * 2);
  });

  const live = blocks.filter(({ mark, language }) => mark !== 'not run' && ['sh', 'console'].includes(language));
  describe.skipIf(isSkipped || live.length === 0)('its commands', () => {
    let workshop: DocWorkshop;
    beforeAll(async () => {
      workshop = new DocWorkshop();
      await workshop.prepare(text);
    });
    afterAll(() => workshop?.close());

    for (const { language, text: body } of live) {
      if (language === 'sh') {
        it(`work: ${body.split('\n', 1)[0]}`, () => {
          const { status, output } = workshop.run(body);
          expect(status, output).toBe(0);
        });
      }
      if (language === 'console') {
        it.each(stepsOf(body))('print what it shows: $command', ({ command, shown }) => {
          expect(workshop.run(command).output).toBe(shown);
        });
      }
    }
  });
});

describe('README.md', () => {
  it('keeps the lines that the gate runs', () => {
    const lines = readPage('README.md').split('\n');
    expect(lines).toContain('npm install && npx dpi analyze samples/demo.pcap');
    expect(lines).toContain('npm install && npm test');
  });

  it('is short', () => {
    const written = readPage('README.md').replace(/```console[\s\S]*?```/g, '');
    expect(written.split(/\s+/).length).toBeLessThanOrEqual(README_MAX_WORDS);
  });
});

describe('the pages', () => {
  it('name only options that exist', async () => {
    const helps = await Promise.all(COMMANDS.map((command) => runDpi([...command, '--help'])));
    const known = new Set(helps.flatMap(({ stdout }) => String(stdout).match(/--[a-z][a-z-]*/g) ?? []));
    // curl's.
    known.add('--data-binary');
    // These pages also speak of other programs' options.
    const pages = docPages().filter((page) => !/benchmarks|dependencies|evasion|fidelity|fuzzing/.test(page));
    for (const page of pages) {
      const named = [...readPage(page).matchAll(/`(--[a-z][a-z-]*)[^`]*`/g)].map((found) => found[1]!);
      expect(
        named.filter((option) => !known.has(option)),
        page,
      ).toEqual([]);
    }
  });
});
