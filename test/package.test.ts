/** The tarball of `npm pack`, made from a copy of the sources: complete, nothing else in it, and runs on its own. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
const PACK_MS = 300_000;

let folder: string;
let tarball: string;
let installed: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-package-'));
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  for (const name of [...SOURCES, ...CONFIGS]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy });
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

describe('the packed tarball', () => {
  it('holds the program, its types and its schemas, and nothing else', () => {
    const allowed =
      /^(bin\/(dpi\.js|load-program\.js|package\.json)|dist\/[\w-]+\.c?js|dist\/cli\.cjs\.map|dist\/zstd\.wasm|dist\/page\.html|dist\/third-party-licenses\.txt|dist\/cli\.[\w.-]+\.code-cache|dist\/man\/dpi[a-z-]*\.1|dist\/types\/.+\.d\.ts|schema\/[\w-]+\.(schema\.)?json)$/;
    const documents = ['CHANGELOG.md', 'README.md', 'npm-shrinkwrap.json', 'package.json'];
    expect(files.filter((file) => !allowed.test(file) && !documents.includes(file))).toEqual([]);
    for (const wanted of [
      ...documents,
      'bin/dpi.js',
      'dist/cli.cjs',
      'dist/cli.cjs.map',
      `dist/cli.${process.versions.v8}.code-cache`,
      'dist/index.js',
      'dist/zstd.wasm',
      'dist/page.html',
      'dist/types/index.d.ts',
    ]) {
      expect(files).toContain(wanted);
    }
  });

  it('pins every package that it installs, and none that only development needs', () => {
    const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
    const { packages } = json(join(installed, 'npm-shrinkwrap.json')) as {
      packages: Record<string, { version: string; integrity?: string; dev?: boolean; dependencies?: object }>;
    };
    const { dependencies } = json(join(installed, 'package.json')) as { dependencies: Record<string, string> };
    expect(packages['']!.dependencies).toEqual(dependencies);
    for (const [path, { version, integrity, dev }] of Object.entries(packages)) {
      if (path === '') continue;
      expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
      expect([typeof integrity, dev], path).toEqual(['string', undefined]);
    }
    for (const [name, version] of Object.entries(dependencies)) {
      expect(packages[`node_modules/${name}`]?.version).toBe(version);
    }
    expect(Object.keys(packages)).toContain('node_modules/find-my-way');
    expect(Object.keys(packages)).not.toContain('node_modules/vitest');
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

  it('imports only packages that it depends on', () => {
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const known = new Set([...Object.keys(dependencies), ...builtinModules]);
    for (const file of files.filter((name) => /\.c?js$/.test(name))) {
      const text = readFileSync(join(installed, file), 'utf8');
      const imports = file.endsWith('.cjs') ? REQUIRES : IMPORTS;
      for (const [, name] of text.matchAll(imports)) {
        const owner = name!.startsWith('@') ? name!.split('/').slice(0, 2).join('/') : name!.split('/')[0]!;
        expect([file, name!.startsWith('node:') || known.has(name!) || known.has(owner)]).toEqual([file, true]);
      }
    }
  });

  it('runs alone: the commands that need no server, and the library', async () => {
    const options = { cwd: folder, env: { ...CLEAN_ENV } };
    const demo = join(ROOT, 'samples/demo.pcap');
    const cli = (...args: string[]) => execa(process.execPath, [join(installed, 'bin/dpi.js'), ...args], options);
    const report = JSON.parse((await cli('analyze', '--json', '--no-stored-rules', demo)).stdout);
    expect(report.total_packets).toBe(692);
    const out = join(folder, 'out.pcap');
    await cli('filter', '--no-stored-rules', '--block-app', 'YOUTUBE', demo, out);
    expect(readFileSync(out).length).toBeLessThan(readFileSync(demo).length);
    await cli('filter', '--no-stored-rules', '--block-app', 'YOUTUBE', demo, `${out}.zst`);
    expect((await cli('analyze', '--json', '--no-stored-rules', `${out}.zst`)).stdout).toContain('"zstd"');
    const rules = ['--rules-file', join(folder, 'rules.json')];
    await cli('rules', 'add', ...rules, 'app', 'TIKTOK');
    expect((await cli('rules', 'list', ...rules)).stdout).toContain('TIKTOK');
    expect((await cli('apps', 'www.youtube.com')).stdout).toContain('YOUTUBE');
    const program = `import { analyze } from 'dpi'; console.log(typeof analyze)`;
    const library = await execa(process.execPath, ['--input-type=module', '-e', program], {
      ...options,
      cwd: join(folder, 'alone'),
    });
    expect(library.stdout).toBe('function');
  });
});
