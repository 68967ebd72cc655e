import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

const STAGES = [
  'core/capture',
  'core/layers',
  'core/flow',
  'core/inspect',
  'core/classify',
  'core/policy',
  'core/facts',
  'core/report',
  'core/select',
];
const SHARED_USE_CASES = ['usecases/shared', 'usecases/rules'];
const USE_CASES = [
  ...SHARED_USE_CASES,
  'usecases/analyze',
  'usecases/batch',
  'usecases/data-set',
  'usecases/explain',
  'usecases/filter',
  'usecases/ingest',
  'usecases/live',
  'usecases/sanitize',
  'usecases/evidence',
];

/**
 * What each room may import besides itself and core/common; type imports count. A room is a folder of src/, two levels
 * deep in core/, usecases/ and adapters/. Rooms that are not listed do not exist.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  data: [],
  system: [],
  // The core: packets and nothing else, from the wire outward.
  'core/common': [],
  'core/capture': [],
  'core/layers': [],
  'core/flow': ['core/capture', 'core/layers'],
  'core/inspect': ['core/flow'],
  'core/classify': ['data', 'core/capture', 'core/flow', 'core/inspect'],
  'core/policy': ['core/capture', 'core/flow', 'core/classify'],
  'core/facts': ['core/capture', 'core/flow', 'core/inspect', 'core/classify'],
  'core/report': ['core/flow', 'core/inspect', 'core/classify', 'core/policy', 'core/facts'],
  // Which connections a report is about.
  'core/select': ['core/classify', 'core/policy', 'core/report'],
  'core/engine': STAGES,
  'core/policy-test': [...STAGES, 'core/engine'],
  'core/explain': [...STAGES, 'core/engine'],
  'core/filter': [...STAGES, 'core/engine'],
  'core/ingest': [...STAGES, 'core/engine'],
  'core/live': [...STAGES, 'core/engine'],
  // Contacts of captures, and the file that they are held against.
  'core/snapshot': ['core/classify', 'core/policy', 'core/report'],
  // What differs between two reports, or between two captures of the same traffic.
  'core/diff': [...STAGES, 'core/engine'],
  'core/sanitize': [...STAGES, 'core/engine'],
  'core/evidence-capture': [...STAGES, 'core/engine'],
  // The port of the rule stores, and what holds for rules whatever keeps them.
  rules: ['core/policy'],
  // Edges that bring bytes and rules in and carry them out.
  'adapters/sources': ['core/capture', 'adapters/outputs'],
  'adapters/outputs': ['core/filter'],
  'adapters/batch': ['adapters/outputs', 'adapters/parquet', 'adapters/stores'],
  'adapters/parquet': ['core/facts', 'core/report', 'adapters/outputs'],
  'adapters/stores': ['core/policy', 'rules', 'adapters/sources'],
  render: [
    'system',
    'core/classify',
    'core/report',
    'core/explain',
    'core/ingest',
    'core/live',
    'core/snapshot',
    'core/diff',
  ],
  // What a browser runs: nothing of it may need Node.
  page: ['core/report', 'core/explain', 'core/diff', 'render'],
  // What a command asks.
  'usecases/shared': ['system', ...STAGES, 'core/engine', 'adapters/sources', 'usecases/rules'],
  'usecases/rules': ['core/classify', 'core/policy', 'rules', 'adapters/stores'],
  'usecases/analyze': ['system', ...STAGES, 'core/engine', 'core/explain', 'adapters/sources', ...SHARED_USE_CASES],
  'usecases/batch': [
    'system',
    'core/capture',
    'core/engine',
    'core/report',
    'adapters/batch',
    'adapters/parquet',
    'adapters/sources',
    'adapters/stores',
    'usecases/analyze',
    ...SHARED_USE_CASES,
  ],
  'usecases/data-set': ['system', 'core/report', 'adapters/parquet'],
  'usecases/rules-test': [
    'system',
    'core/engine',
    'core/policy-test',
    'core/report',
    'adapters/sources',
    ...SHARED_USE_CASES,
  ],
  'usecases/explain': ['system', ...STAGES, 'core/engine', 'core/explain', 'adapters/sources', ...SHARED_USE_CASES],
  'usecases/snapshot': [
    'system',
    'core/engine',
    'core/report',
    'core/snapshot',
    'adapters/sources',
    ...SHARED_USE_CASES,
  ],
  'usecases/diff': [
    'system',
    ...STAGES,
    'core/engine',
    'core/diff',
    'adapters/sources',
    'usecases/analyze',
    ...SHARED_USE_CASES,
  ],
  'usecases/filter': [
    'system',
    ...STAGES,
    'core/engine',
    'core/filter',
    'adapters/sources',
    'adapters/outputs',
    ...SHARED_USE_CASES,
  ],
  'usecases/sanitize': [
    'system',
    ...STAGES,
    'core/engine',
    'core/sanitize',
    'adapters/sources',
    'adapters/outputs',
    ...SHARED_USE_CASES,
  ],
  'usecases/evidence': [
    'system',
    ...STAGES,
    'core/engine',
    'core/evidence-capture',
    'adapters/sources',
    'adapters/outputs',
    ...SHARED_USE_CASES,
  ],
  'usecases/ingest': ['system', 'core/engine', 'core/ingest', 'core/report', 'adapters/stores', ...SHARED_USE_CASES],
  'usecases/live': [
    'system',
    ...STAGES,
    'core/engine',
    'core/live',
    'adapters/sources',
    'adapters/outputs',
    ...SHARED_USE_CASES,
  ],
  // The doors.
  server: [
    'system',
    'core/classify',
    'core/engine',
    'core/ingest',
    'core/policy',
    'core/report',
    'core/select',
    'rules',
    'render',
    'usecases/rules-test',
    ...USE_CASES,
  ],
  cli: [
    'system',
    'core/classify',
    'core/engine',
    'core/policy',
    'core/report',
    'core/select',
    'rules',
    'render',
    'server',
    'core/snapshot',
    'usecases/rules-test',
    'usecases/snapshot',
    'core/diff',
    'usecases/diff',
    ...USE_CASES,
  ],
};

/** The files that put adapters together for a door, the only ones there that import them. */
const COMPOSITION = new Set([
  'cli/compose.ts',
  'cli/compose-files.ts',
  'cli/compose-stores.ts',
  'cli/compose-tools.ts',
  'server/compose.ts',
]);
/** Rooms whose folders count two levels deep. */
const DEEP = new Set(['core', 'usecases', 'adapters']);

/** Functions of more parameters than six, as `file name`. No more may come. */
const LONG_PARAMETER_LISTS: readonly string[] = [
  'core/flow/assembler-pool.ts AssemblerPool.begin',
  'core/inspect/http/header-block.ts readHost',
  'core/inspect/http/http-inspector.ts inspectUnfinishedLine',
  'core/inspect/http2/http2-inspector.ts inspectFrames',
];
const MAX_PARAMETERS = 6;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(path) ? [path] : [];
  });
}

/** Names of the modules that a file imports, types included. */
function importsOf(text: string): string[] {
  const statements = [...text.matchAll(/^(?:import|export)\b[^;']*?from '([^']+)'/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [...statements, ...dynamic].map((m) => m[1]!);
}

function roomOf(file: string): string {
  const parts = dirname(file).split('/');
  return parts.slice(0, DEEP.has(parts[0]!) ? 2 : 1).join('/');
}

const files = sources(SRC).map((path) => relative(SRC, path));
const texts = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const graph = new Map(
  files.map((file) => [
    file,
    importsOf(texts.get(file)!)
      .filter((name) => name.startsWith('.') && name.endsWith('.js'))
      .map((name) => relative(SRC, resolve(SRC, dirname(file), name)).replace(/\.js$/, '.ts'))
      .map((target) => (texts.has(target) ? target : `${target}x`)),
  ]),
);

describe('architecture', () => {
  it('has no loose file in src/ but index.ts and program.ts, and none in core/, usecases/ or adapters/', () => {
    expect(files.filter((file) => !file.includes('/'))).toEqual(['index.ts', 'program.ts']);
    expect(files.filter((file) => DEEP.has(dirname(file)))).toEqual([]);
  });

  it('imports from room to room only as the matrix says', () => {
    const offences: string[] = [];
    for (const [file, targets] of graph) {
      if (file === 'index.ts' || file === 'program.ts') continue;
      const room = roomOf(file);
      for (const target of targets) {
        const to = roomOf(target);
        if (to === room || to === 'core/common') continue;
        if (COMPOSITION.has(file) && to.startsWith('adapters/')) continue;
        if (MAY_IMPORT[room]?.includes(to)) continue;
        offences.push(`${file} imports ${target}`);
      }
    }
    expect(offences).toEqual([]);
  });

  it('has no import cycles, types included', () => {
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

  it('keeps the words of a flow row inside core/flow', () => {
    const readers = [...graph].filter(([file, targets]) => {
      return roomOf(file) !== 'core/flow' && targets.includes('core/flow/flow-row.ts');
    });
    expect(readers.map(([file]) => file)).toEqual([]);
  });

  it('keeps the core free of input, output, clocks and chance', () => {
    const allowed = new Set(['node:crypto', 'node:url', 'ipaddr.js', 'zod']);
    const offences: string[] = [];
    for (const [file, text] of texts) {
      if (!file.startsWith('core/')) continue;
      for (const name of importsOf(text)) {
        if (!name.startsWith('.') && !allowed.has(name)) offences.push(`${file} imports ${name}`);
      }
      for (const word of ['Date.now', 'Math.random', 'process.', 'console.']) {
        if (text.includes(word)) offences.push(`${file} uses ${word}`);
      }
    }
    expect(offences).toEqual([]);
  });

  it('keeps no state in modules of the core', () => {
    const found = [...texts].flatMap(([file, text]) =>
      file.startsWith('core/') ? [...text.matchAll(/^(?:export )?let (\w+)/gm)].map((m) => `${file} ${m[1]}`) : [],
    );
    expect(found).toEqual([]);
  });

  it('keeps parameter lists short', () => {
    const found = [...texts].flatMap(([file, text]) => longParameterLists(file, text));
    expect(found).toEqual(LONG_PARAMETER_LISTS);
  });

  it('keeps files short enough to be one thing', () => {
    const long = [...texts].filter(([, text]) => text.split('\n').length > 401);
    expect(long.map(([file]) => file)).toEqual([]);
  });

  it('keeps comments within 120 columns', () => {
    const long = [...texts].flatMap(([file, text]) =>
      text
        .split('\n')
        .flatMap((line, i) => (line.length > 120 && /^\s*(\/\/|\/\*|\*)/.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });
});

function longParameterLists(file: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node, owner: string): void => {
    let name = owner;
    if (ts.isClassDeclaration(node)) name = node.name?.text ?? owner;
    if (ts.isFunctionLike(node) && node.parameters.length > MAX_PARAMETERS && 'body' in node) {
      const own = ts.isConstructorDeclaration(node) ? 'constructor' : (node.name?.getText(source) ?? '(anonymous)');
      found.push(`${file} ${[owner, own].filter((part) => part !== '').join('.')}`);
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, '');
  return found;
}
