/** The JSON Schemas: each stands alone, allows keys to be added, and describes every key that the program prints. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyRecord } from '../src/core/report/connection-reader.js';
import type { SecretKind } from '../src/core/sanitize/secret-search.js';
import { VIEW_NAMES } from '../src/render/views/views.js';
import { ensureBuilt, runDpi } from './support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '..');
const DEMO = 'samples/demo.pcap';
const NAMES = readdirSync(join(ROOT, 'schema')).map((file) => file.replace('.schema.json', ''));
/** What users write: a key that is not known is a mistake there. */
const WRITTEN: readonly string[] = ['app-file', 'snapshot'];
const folder = mkdtempSync(join(tmpdir(), 'dpi-schema-'));
const rulesFile = join(folder, 'rules.json');
const snapshotFile = join(folder, 'network.snap.json');
const proof = join(folder, 'proof.pcap');
const forged = join(folder, 'forged.pcap');

type Schema = Record<string, unknown>;

beforeAll(async () => {
  await ensureBuilt();
  await runDpi(['rules', 'add', 'youtube.com', '--comment', 'homework', '--rules-file', rulesFile]);
  writeFileSync(snapshotFile, '{ "snapshot_version": 1, "contacts": [{ "to": "gone.example", "port": "tcp/1" }] }');
  await runDpi(['rules', 'add', 'i.ytimg.com', '--allow', '--expires', '7d', '--rules-file', rulesFile]);
  await runDpi(['evidence', '17', DEMO, '-o', proof]);
  const text = readFileSync(proof, 'latin1');
  writeFileSync(forged, text.replace('"label":"YOUTUBE"', '"label":"YOUTUBA"'), 'latin1');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string): Schema {
  return JSON.parse(readFileSync(join(ROOT, `schema/${name}.schema.json`), 'utf8'));
}

function compile(schema: Schema): ValidateFunction {
  return new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
}

/** The schema without room for keys that it does not describe. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, closed(one)]);
  const isObject = 'properties' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(entries), ...(isObject && 'type' in value ? { additionalProperties: false } : {}) };
}

async function expectDescribed(name: string, args: readonly string[], input?: string): Promise<void> {
  const { stdout, stderr } = await runDpi([...args], { ...(input === undefined ? {} : { input, stdin: 'pipe' }) });
  const text = String(stdout);
  const isLines = /ndjson|live|ingest/.test(name);
  const values = (isLines ? text.trim().split('\n') : [text])
    .filter((line) => line !== '')
    .map((one) => JSON.parse(one));
  expect(values.length, String(stderr)).toBeGreaterThan(0);
  const validate = compile(closed(read(name)) as Schema);
  for (const value of values) {
    const isValid = validate(value);
    const errors = validate.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]);
    expect(isValid, JSON.stringify({ errors, value }).slice(0, 3000)).toBe(true);
  }
}

describe.each(NAMES)('schema %s', (name) => {
  it('compiles alone, in strict mode', () => {
    const strictRequired = !WRITTEN.includes(name);
    expect(() =>
      new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired }).compile(read(name)),
    ).not.toThrow();
  });

  it('leaves room for new keys, but for those that users write', () => {
    expect(JSON.stringify(read(name)).includes('"additionalProperties":false')).toBe(WRITTEN.includes(name));
  });

  it('has fresh copies of what it shares with the report: run npm run schemas', async () => {
    const { shared } = await import(pathToFileURL(join(ROOT, 'scripts/share-schemas.mjs')).href);
    if (name !== 'report') expect(shared(read(name))).toEqual(read(name));
  });

  it('is what dpi schema prints, and what the package exports', async () => {
    const { stdout, exitCode } = await runDpi(['schema', name]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(String(stdout))).toEqual(read(name));
    expect(String((await runDpi(['schema'])).stdout)).toMatch(new RegExp(`^ ${name}  `, 'm'));
  });
});

it('describes every key of a connection, and has them all', () => {
  const { required, properties } = (read('report').$defs as Record<string, Schema>).connection!;
  expect(Object.keys(properties as Schema)).toEqual(Object.keys(emptyRecord()));
  expect(required).toEqual(Object.keys(emptyRecord()));
});

it('keeps the tables of docs/json.md up to date: run npm run schemas', async () => {
  const { withTables } = await import(pathToFileURL(join(ROOT, 'scripts/write-key-tables.mjs')).href);
  const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
  expect(withTables(page)).toBe(page);
});

describe('the schemas describe what', () => {
  const rules = ['--rules-file', rulesFile];
  const events = readFileSync(join(ROOT, 'samples/events.ndjson'), 'utf8');
  it.each<[string, string[], string?]>([
    ['report', ['analyze', '--json', DEMO, ...rules, '--fail-on', 'blocked']],
    ['report', ['analyze', '--json', DEMO, '--app', 'YOUTUBE', '--where', 'bytes > 1k']],
    ['ndjson', ['analyze', '--ndjson', DEMO, '--block-app', 'NETFLIX']],
    ...VIEW_NAMES.map((name): [string, string[]] => ['view', ['analyze', '--json', '--view', name, DEMO]]),
    ['explanation', ['analyze', '--json', '--all', '--explain', '192.0.2.0/24', DEMO, ...rules]],
    ['filter', ['filter', '--json', '--dry-run', DEMO, '--block-app', 'YOUTUBE']],
    ['filter', ['filter', '--json', '--dry-run', DEMO, '--keep-app', 'YOUTUBE', '--keep-since', '1s']],
    ['policy', ['rules', 'test', '--json', DEMO, '--block-app', 'YOUTUBE']],
    ['batch-report', ['batch', 'run', '--json', DEMO, 'package.json', 'samples/generated', '-o', join(folder, 'run')]],
    ['diff', ['diff', '--json', DEMO, 'samples/chromium-tls.pcap', '--block-app', 'YOUTUBE']],
    ['join', ['diff', '--join', '--json', DEMO, 'samples/curl-tls12.pcap']],
    ['snapshot', ['snapshot', 'write', DEMO, '--role', 'a=192.0.2.10', '--include', 'control']],
    ['snapshot-test', ['snapshot', 'test', '--json', DEMO, snapshotFile]],
    ['sanitize', ['sanitize', '--json', '--force', DEMO, join(folder, 'copy.pcap'), '--keep-names', 'youtube.com']],
    ['evidence', ['evidence', '--json', '17', DEMO, '-o', join(folder, 'other.pcap')]],
    ['verify', ['verify', '--json', proof, '--source', DEMO]],
    ['verify', ['verify', '--json', forged]],
    ['rules-list', ['rules', 'list', '--json', ...rules]],
    ['rules-check', ['rules', 'check', '--json', 'www.youtube.com', '10.0.0.1', 'NETFLIX', ...rules]],
    ['apps', ['apps', '--json']],
    ['apps', ['apps', '--json', 'YOUTUBE']],
    ['apps', ['apps', '--json', 'i.ytimg.com']],
    ['ingest-decision', ['ingest', '--block-app', 'YOUTUBE'], `${events}nonsense\n`],
  ])('%s: dpi %j prints', (name, args, input) => expectDescribed(name, args, input));

  it('ingest-event: dpi ingest reads', () => {
    const validate = compile(read('ingest-event'));
    const lines = events
      .trim()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [line] : []));
    expect(lines.some((line) => validate(JSON.parse(line)))).toBe(true);
  });
});

it('describes what a proof of a copy may find', () => {
  const validate = compile(closed(read('sanitize')) as Schema);
  const proofOf = (differences: unknown[], leaks: unknown[]) => {
    const counts = { compared_connections: 1, searched_bytes: 1, searched_for: 1, short_names: 0, coincidences: 0 };
    return { holds: false, ...counts, differences, leaks };
  };
  const report = {
    ...{ schema_version: 2, generator: 'dpi 1.0.0', input: 'in.pcap', output: null, packets: 1 },
    ...{ bytes_in: 1, bytes_out: 1, replaced: { ipv4: 1, ipv6: 0, mac: 0, names: 0 }, kept_names: [] },
    ...{
      time_shift_seconds: 0,
      is_key_random: true,
      verbatim_bytes: 0,
      scrubbed_places: 0,
      left_out: {},
      warnings: [],
    },
    connections: { headers: 0, rewritten: 0, minimised: 0, nameless: 1, lost: 0 },
  };
  const difference = { connection: null, fact: 'total_packets', expected: 2, found: 1 };
  const leak = { kind: 'name' satisfies SecretKind, packet: 3, offset: 60 };
  expect(validate({ ...report, proof: proofOf([difference], [leak]) }), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...report, proof: proofOf([{ ...difference, connection: 0 }], []) })).toBe(false);
  expect(validate({ ...report, proof: proofOf([], [{ ...leak, kind: 'text' }]) })).toBe(false);
});

it('says which schema a misspelt name may mean', async () => {
  const { stderr, exitCode } = await runDpi(['schema', 'reprot']);
  expect([stderr, exitCode]).toEqual(["dpi: there is no schema 'reprot'; did you mean report?\n", 2]);
});
