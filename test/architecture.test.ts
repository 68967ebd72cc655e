import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** From the wire outward: a folder may import from itself and from those before it. */
const ORDER = [
  'data',
  'core/capture',
  'core/layers',
  'core/flow',
  'core/inspect',
  'core/classify',
  'core/policy',
  'core/report',
  'core',
  'adapters',
  'render',
  '.',
  'server',
  'cli',
];

/** What lies beside the stages and may be imported by all. */
const COMMON = new Set(['core/bytes.ts', 'core/anomaly.ts', 'core/error.ts', 'core/hash-slots.ts', 'version.ts']);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** Names of the modules that a file imports; with `runtime`, without those of which it takes only types. */
function importsOf(file: string, runtime = false): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = [...text.matchAll(/^(?:import|export)( type)?\b[^;']*?from '([^']+)'/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [...statements.filter((m) => !runtime || m[1] === undefined).map((m) => m[2]!), ...dynamic.map((m) => m[1]!)];
}

function localImports(file: string, runtime: boolean): string[] {
  return importsOf(file, runtime)
    .filter((name) => name.startsWith('.') && name.endsWith('.js'))
    .map((name) => relative(SRC, resolve(dirname(file), name)).replace(/\.js$/, '.ts'));
}

function stageOf(path: string): number {
  let folder = dirname(path);
  while (!ORDER.includes(folder)) folder = dirname(folder);
  return ORDER.indexOf(folder);
}

const files = sources(SRC);
const graph = new Map(files.map((file) => [relative(SRC, file), localImports(file, true)]));

describe('architecture', () => {
  it('lets imports point towards the wire only', () => {
    const upward: string[] = [];
    for (const path of files) {
      const file = relative(SRC, path);
      for (const target of localImports(path, false)) {
        if (COMMON.has(target)) continue;
        if (stageOf(target) > stageOf(file)) upward.push(`${file} imports ${target}`);
      }
    }
    expect(upward).toEqual([]);
  });

  it('has no import cycles', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
        return;
      }
      state.set(file, 'open');
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps the core free of input, output, clocks and chance', () => {
    const allowed = new Set(['node:crypto', 'node:url', 'ipaddr.js', 'zod']);
    const offences: string[] = [];
    for (const file of files.filter((f) => relative(SRC, f).startsWith('core/'))) {
      for (const name of importsOf(file)) {
        if (!name.startsWith('.') && !allowed.has(name)) offences.push(`${relative(SRC, file)} imports ${name}`);
      }
      const text = readFileSync(file, 'utf8');
      for (const word of ['Date.now', 'Math.random', 'process.', 'console.']) {
        if (text.includes(word)) offences.push(`${relative(SRC, file)} uses ${word}`);
      }
    }
    expect(offences).toEqual([]);
  });

  it('keeps files short enough to be one thing', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);
    expect(long.map((file) => relative(SRC, file))).toEqual([]);
  });
});
