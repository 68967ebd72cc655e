/**
 * Measures `dpi` and its peers on the same captures, whole processes in turn: `npm run bench -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CASES } from './cases.js';
import { FLOODS } from './floods.js';
import { DATASETS, type Dataset, type DatasetKind, ensureDataset } from './generate.js';
import { type Cost, measure, median } from './measure.js';
import { printTable } from './print-table.js';
import { ANALYZE, FLOOD_TOOLS, installed, machine, REFERENCE, ROOT, TOOLS, type Tool, TSHARK } from './tools.js';

const HELP = `npm run bench -- [--data mix,small,bulk,real] [--size 0.1] [--runs 3] [--tshark] [--from PATH]... [--json]
             [--cases start,gzip,rules,growth]

--data    captures to read, made in bench/data/ when absent (default mix; with --cases none); "floods": all kinds of
          hostile captures; "flood-KIND": one of them
--size    1 is 1.09 GB of mix, 5 million packets of small, 2 GB of bulk, 640 MB of real, a million packets of each
          flood (default 0.1)
--runs    runs of each tool, in turn (default 3); medians are shown
--tshark  tshark -z conv,tcp too, which is slow
--from    captures to repeat for real: files or folders (default samples/)
--cases   start-up, a packed capture, rules at scale, growth with the input
--json    write bench/results.json as well`;

/** What the clock of `time` can tell apart: shorter runs count as this long. */
const TICK_SECONDS = 0.01;

interface Result {
  tool: string;
  runs: Cost[];
  cpuSeconds: number;
  wallSeconds: number;
  peakMiB: number | null;
  packetsPerSecond: number;
  megabytesPerSecond: number;
  /**
   * CPU of this tool over CPU of the reference, and over `dpi analyze`: medians of the pairs; null without that tool.
   */
  cpuRatio: number | null;
  ownRatio: number | null;
  /** The same of wall time, over `dpi analyze`. */
  ownWallRatio: number | null;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      cases: { type: 'string' },
      size: { type: 'string', default: '0.1' },
      runs: { type: 'string', default: '3' },
      from: { type: 'string', multiple: true, default: ['samples'] },
      tshark: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const [size, runs] = [Number(values.size), Number(values.runs)];
  const about = machine();
  console.log(Object.entries(about).flat().join(' '));
  const tools = installed(values.tshark ? [...TOOLS, TSHARK] : TOOLS);
  const data = values.data ?? (values.cases === undefined ? 'mix' : '');
  const floods: string[][] = [];
  const names = data
    .split(',')
    .flatMap((name): readonly string[] => (name === 'floods' ? FLOODS : name === '' ? [] : [name]));
  const all = names.map((name) => {
    const kind = kindOf(name);
    const isFlood = FLOODS.some((flood) => flood === kind);
    const dataset = ensureDataset(kind, size, kind === 'real' ? values.from : []);
    const results = race(isFlood ? FLOOD_TOOLS : tools, dataset, runs);
    if (isFlood) floods.push(floodRow(kind, dataset, results));
    else print(kind, dataset, results);
    return { kind, size, ...dataset, path: undefined, results };
  });
  if (floods.length > 0) {
    const head = ['', 'packets', ...FLOOD_TOOLS.flatMap(({ name }) => [`${name}: packets / CPU s`, 'peak MiB'])];
    printTable('floods', head, floods);
  }
  for (const name of values.cases?.split(',') ?? []) {
    const ask = CASES[name];
    if (ask === undefined) throw new Error(`unknown case "${name}": one of ${Object.keys(CASES).join(', ')}`);
    ask({ size, runs });
  }
  if (values.json) {
    const results = { machine: { ...about, dpi: version() }, data: all };
    writeFileSync(`${ROOT}bench/results.json`, `${JSON.stringify(results, null, 2)}\n`);
  }
}

function floodRow(kind: DatasetKind, { packets }: Dataset, results: readonly Result[]): string[] {
  const cells = results.flatMap((result) => [
    (packets / Math.max(result.cpuSeconds, TICK_SECONDS)).toFixed(0),
    result.peakMiB?.toFixed(0) ?? '?',
  ]);
  return [kind.slice('flood-'.length), String(packets), ...cells];
}

function kindOf(name: string): DatasetKind {
  const kind = DATASETS.find((known) => known === name);
  if (!kind) throw new Error(`unknown data set "${name}": one of ${DATASETS.join(', ')}`);
  return kind;
}

/** One run of each tool after the other, so that what slows the machine down slows all of them. */
function race(tools: readonly Tool[], dataset: Dataset, runs: number): Result[] {
  measure('cat', [dataset.path]); // into the page cache
  const costs = new Map<string, Cost[]>(tools.map((tool) => [tool.name, []]));
  for (let run = 0; run < runs; run++) {
    for (const tool of tools) {
      process.stderr.write(`run ${run + 1} of ${runs}: ${tool.name}\n`);
      costs.get(tool.name)?.push(measure(tool.program, tool.args(dataset.path), tool.stdout));
    }
  }
  return tools.map((tool) => summarize(tool.name, costs, dataset));
}

function summarize(tool: string, costs: ReadonlyMap<string, Cost[]>, dataset: Dataset): Result {
  const runs = costs.get(tool)!;
  const wallSeconds = median(runs.map((run) => run.wallSeconds));
  const peaks = runs.flatMap((run) => (run.peakMiB === null ? [] : [run.peakMiB]));
  const against = (other: string, secondsOf = cpuSeconds): number | null => {
    const pairs = costs.get(other)?.map((cost, run) => ticks(secondsOf(runs[run]!)) / ticks(secondsOf(cost)));
    return pairs === undefined ? null : median(pairs);
  };
  return {
    tool,
    runs,
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    wallSeconds,
    peakMiB: peaks.length > 0 ? median(peaks) : null,
    packetsPerSecond: dataset.packets / Math.max(wallSeconds, TICK_SECONDS),
    megabytesPerSecond: dataset.bytes / 1e6 / Math.max(wallSeconds, TICK_SECONDS),
    cpuRatio: against(REFERENCE),
    ownRatio: against(ANALYZE),
    ownWallRatio: against(ANALYZE, (run) => run.wallSeconds),
  };
}

function cpuSeconds(run: Cost): number {
  return run.cpuSeconds;
}

function ticks(seconds: number): number {
  return Math.max(seconds, TICK_SECONDS);
}

function print(kind: DatasetKind, dataset: Dataset, results: readonly Result[]): void {
  const head = [
    '',
    'CPU s',
    'wall s',
    'Mpkt/s',
    'MB/s',
    'peak MiB',
    `faster than ${REFERENCE}`,
    `CPU / ${ANALYZE}`,
    `wall / ${ANALYZE}`,
  ];
  const rows = results.map((result) => [
    result.tool,
    result.cpuSeconds.toFixed(2),
    result.wallSeconds.toFixed(2),
    (result.packetsPerSecond / 1e6).toFixed(2),
    result.megabytesPerSecond.toFixed(0),
    result.peakMiB?.toFixed(0) ?? '?',
    result.cpuRatio === null ? '-' : `${(1 / result.cpuRatio).toFixed(1)}x`,
    result.ownRatio?.toFixed(2) ?? '-',
    result.ownWallRatio?.toFixed(2) ?? '-',
  ]);
  const megabytes = (dataset.bytes / 1e6).toFixed(0);
  const connections = dataset.connections > 0 ? `, ${dataset.connections} connections` : '';
  printTable(`${kind}: ${megabytes} MB, ${dataset.packets} packets${connections}`, head, rows);
}

function version(): string {
  return (JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }).version;
}

main();
