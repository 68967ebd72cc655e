/** The tarball of `npm pack`, made from a copy of the sources: complete, nothing else in it, and runs on its own. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacksTools } from './support/doc-pages.js';
import { expectReadme } from './support/readme-commands.js';
import { CLEAN_ENV } from './support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCES = [
  'wasm',
  'bin',
  'schema',
  'samples',
  'scripts',
  'src',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'package-lock.json',
];
const CONFIGS = ['tsconfig.json', 'tsconfig.build.json', 'tsup.config.ts'];
const PACK_MS = 600_000;
const MAX_TARBALL_LEN = 3_000_000;
const MAX_INSTALLED_LEN = 15_000_000;

let folder: string;
let tarball: string;
let packLog: string;
let installed: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-package-'));
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  for (const name of [...SOURCES, ...CONFIGS]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const options = { cwd: copy, all: true } as const;
  packLog = (await execa('npm', ['pack', '--loglevel', 'error', '--pack-destination', folder], options)).all;
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
  // As if installed, with no other package beside it.
  installed = join(folder, 'alone/node_modules/dpi');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(folder, 'alone/package.json'), '{"private": true}');
  await execa('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
}, PACK_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REQUIRES = /\brequire\(['"]([^'"./][^'"]*)['"]/g;
const IMPORTS = /(?:^(?:import|export)\b[^'"\n]*|\brequire\()['"]([^'"./][^'"]*)['"]/gm;

/** The server's validators write these into programs for files, which nothing here asks them for. */
const WRITTEN = /^(?:ajv|ajv-formats|fast-json-stringify)\//;

describe('the packed tarball', () => {
  it('holds the program, its types and its schemas, and nothing else', () => {
    const allowed =
      /^(bin\/([\w-]+\.js|package\.json)|dist\/[\w-]+\.c?js|dist\/cli\.cjs\.map|dist\/swagger-ui\/[\w.-]+\.br|dist\/zstd\.wasm|dist\/page\.html|dist\/third-party-licenses\.txt|dist\/cli\.[\w.-]+\.code-cache|dist\/man\/dpi[a-z-]*\.1|dist\/types\/index\.d\.ts|schema\/[\w-]+\.(schema\.)?json)$/;
    const documents = ['CHANGELOG.md', 'README.md', 'package.json'];
    expect(files.filter((file) => !allowed.test(file) && !documents.includes(file))).toEqual([]);
    for (const wanted of [
      ...documents,
      'bin/dpi.js',
      'dist/cli.cjs',
      'dist/cli.cjs.map',
      `dist/cli.${process.versions.v8}.code-cache`,
      'dist/index.js',
      'dist/zstd.cjs',
      'dist/page.html',
      'dist/types/index.d.ts',
    ]) {
      expect(files).toContain(wanted);
    }
  });

  it('is small, needs no other package, and says nothing of how it is built', () => {
    expect(statSync(tarball).size).toBeLessThan(MAX_TARBALL_LEN);
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).dependencies).toBeUndefined();
    expect(packLog).not.toMatch(/\b(?:CJS|ESM|DTS|tsup v)/);
  });

  it('holds the manual pages that package.json lists', () => {
    const { man } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { man: string[] };
    const pages = files.filter((file) => file.startsWith('dist/man/'));
    expect(man.map((path) => path.replace(/^\.\//, '')).sort()).toEqual(pages.sort());
  });

  it('holds the licences of the packages that are bundled', () => {
    const [, ...sections] = readFileSync(join(installed, 'dist/third-party-licenses.txt'), 'utf8').split(/^-{80}$/m);
    const names = sections.map((section) => /^(\S+) \d/m.exec(section)![1]);
    expect(names).toEqual(expect.arrayContaining(['commander', 'zod', 'ioredis', 'tldts', '@bokuweb/zstd-wasm']));
    for (const section of sections) expect(section).toMatch(/permission|redistribution|apache license/i);
  });

  it('passes publint', async () => {
    const bytes = readFileSync(tarball);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  it('imports only modules of Node', () => {
    for (const file of files.filter((name) => /\.c?js$/.test(name))) {
      const text = readFileSync(join(installed, file), 'utf8');
      const names = [...text.matchAll(file.endsWith('.cjs') ? REQUIRES : IMPORTS)].map((found) => found[1]!);
      const foreign = names.filter(
        (name) => !name.startsWith('node:') && !builtinModules.includes(name) && !WRITTEN.test(name),
      );
      expect([file, foreign]).toEqual([file, []]);
    }
  });

  it('gives the library to programs that install it', async () => {
    const program = `import { analyze } from 'dpi'; console.log(typeof analyze)`;
    const options = { cwd: join(folder, 'alone'), env: CLEAN_ENV };
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', program], options);
    expect(stdout).toBe('function');
  });

  it.skipIf(lacksTools())('gives a command that does what the README shows, without network', async () => {
    const prefix = join(folder, 'global');
    await execa('npm', ['install', '--global', '--offline', '--prefix', prefix, tarball], { env: CLEAN_ENV });
    expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['dpi']);
    const sizes = readdirSync(prefix, { recursive: true, withFileTypes: true }).map((entry) =>
      entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MAX_INSTALLED_LEN);
    await expectReadme([join(prefix, 'bin/dpi')]);
  });
});
