/**
 * Writes the captures that the benchmark reads into bench/data/, the same bytes every time.
 * `npx tsx bench/generate.ts mix|small|bulk|flood-KIND [--size 1]`, `… real --from DIR_OR_FILE... [--size 1]` (1 is
 * 640 MB).
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeBulk } from './bulk.js';
import { CaptureStream } from './capture-stream.js';
import { FLOODS, type FloodKind, writeFlood } from './floods.js';
import { writeMix } from './mix.js';
import { writeReal } from './real.js';
import { writeSmall } from './small.js';

const TRAFFIC = ['mix', 'small', 'bulk', 'real'] as const;
export type DatasetKind = (typeof TRAFFIC)[number] | FloodKind;
export const DATASETS: readonly DatasetKind[] = [...TRAFFIC, ...FLOODS];

export interface Dataset {
  path: string;
  bytes: number;
  packets: number;
  /** 0 for `real` and floods, where nobody counted. */
  connections: number;
}

/** Raised when the same options give other bytes than before, so that old files are not taken for new ones. */
const GENERATOR_VERSION = 1;
const REAL_BYTES = 640_000_000;
const FOLDER = fileURLToPath(new URL('./data/', import.meta.url));

/**
 * The capture of that kind and size (0.001 to 10), generated unless it is there already. `from`: captures for `real`.
 */
export function ensureDataset(kind: DatasetKind, size: number, from: readonly string[] = []): Dataset {
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}${kind}-${size}.pcap`;
  const recipe = JSON.stringify([GENERATOR_VERSION, kind, size, from]);
  const known = remembered(path, recipe);
  if (known) return known;

  const out = new CaptureStream(path);
  const connections = write(out, kind, size, from);
  out.finish();
  const dataset: Dataset = { path, bytes: out.bytes, packets: out.packets, connections };
  writeFileSync(`${path}.json`, JSON.stringify({ ...dataset, recipe }));
  return dataset;
}

function write(out: CaptureStream, kind: DatasetKind, size: number, from: readonly string[]): number {
  switch (kind) {
    case 'mix':
      return writeMix(out, size);
    case 'small':
      return writeSmall(out, size);
    case 'bulk':
      return writeBulk(out, size);
    case 'real':
      writeReal(out, from, REAL_BYTES * size);
      return 0;
    default:
      writeFlood(out, kind, size);
      return 0;
  }
}

function remembered(path: string, recipe: string): Dataset | null {
  if (!existsSync(path) || !existsSync(`${path}.json`)) return null;
  const { recipe: madeBy, ...dataset } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Dataset & {
    recipe: string;
  };
  return madeBy === recipe && statSync(path).size === dataset.bytes ? { ...dataset, path } : null;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { size: { type: 'string', default: '1' }, from: { type: 'string', multiple: true, default: [] } },
  });
  for (const name of positionals.length > 0 ? positionals : ['mix']) {
    const kind = DATASETS.find((known) => known === name);
    if (!kind) throw new Error(`unknown data set "${name}": one of ${DATASETS.join(', ')}`);
    const dataset = ensureDataset(kind, Number(values.size), values.from);
    process.stdout.write(`${JSON.stringify(dataset)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
