/**
 * Measures `dpi` and its peers on the same captures, whole processes in turn: `npm run bench -- --help`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DATASETS, type Dataset, type DatasetKind, ensureDataset } from './generate.js';
import { type Cost, isInstalled, measure, median } from './measure.js';

const HELP = `npm run bench -- [--data mix,small,bulk,real] [--size 0.1] [--runs 3] [--tshark] [--from PATH]... [--json]

--data    captures to read, made in bench/data/ when absent (default mix)
--size    1 is 1.09 GB of mix, 5 million packets of small, 2 GB of bulk, 640 MB of real (default 0.1)
--runs    runs of each tool, in turn (default 3); medians are shown
--tshark  tshark -z conv,tcp too, which is slow
--from    captures to repeat for real: files or folders
--json    write bench/results.json as well`;

/** The tool against which the ratios are taken, run by run. */
const REFERENCE = 'ndpiReader -q';
/** What the clock of `time` can tell apart: shorter runs count as this long. */
const TICK_SECONDS = 0.01;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORT = `${ROOT}bench/data/report.json`;

interface Tool {
  name: string;
  program: string;
  args: (capture: string) => string[];
  stdout?: string;
}

const DPI = [`${ROOT}bin/dpi.js`, 'analyze'];
const TOOLS: readonly Tool[] = [
  { name: 'dpi analyze', program: 'node', args: (capture) => [...DPI, capture] },
  { name: 'dpi analyze --json', program: 'node', args: (capture) => [...DPI, '--json', capture], stdout: REPORT },
  { name: REFERENCE, program: 'ndpiReader', args: (capture) => ['-q', '-i', capture] },
  { name: 'tcpdump -w /dev/null', program: 'tcpdump', args: (capture) => ['-r', capture, '-w', '/dev/null'] },
  { name: 'capinfos -c', program: 'capinfos', args: (capture) => ['-c', capture] },
  { name: 'cat', program: 'cat', args: (capture) => [capture] },
];
const TSHARK: Tool = {
  name: 'tshark -z conv,tcp',
  program: 'tshark',
  args: (capture) => ['-q', '-n', '-z', 'conv,tcp', '-r', capture],
};

interface Result {
  tool: string;
  runs: Cost[];
  cpuSeconds: number;
  wallSeconds: number;
  peakMiB: number | null;
  packetsPerSecond: number;
  megabytesPerSecond: number;
  /** CPU of this tool over CPU of the reference, median of the pairs; null without the reference. */
  cpuRatio: number | null;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: 'mix' },
      size: { type: 'string', default: '0.1' },
      runs: { type: 'string', default: '3' },
      from: { type: 'string', multiple: true, default: [] },
      tshark: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const tools = installed(values.tshark ? [...TOOLS, TSHARK] : TOOLS);
  const all = [];
  for (const name of values.data.split(',')) {
    const kind = kindOf(name);
    const dataset = ensureDataset(kind, Number(values.size), values.from);
    const results = race(tools, dataset, Number(values.runs));
    print(kind, dataset, results);
    all.push({ kind, size: Number(values.size), ...dataset, path: undefined, results });
  }
  if (values.json) {
    mkdirSync(`${ROOT}bench`, { recursive: true });
    const machine = { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, node: process.version, dpi: version() };
    writeFileSync(`${ROOT}bench/results.json`, `${JSON.stringify({ machine, data: all }, null, 2)}\n`);
  }
}

function kindOf(name: string): DatasetKind {
  const kind = DATASETS.find((known) => known === name);
  if (!kind) throw new Error(`unknown data set "${name}": one of ${DATASETS.join(', ')}`);
  return kind;
}

function installed(tools: readonly Tool[]): Tool[] {
  return tools.filter((tool) => {
    if (isInstalled(tool.program)) return true;
    console.log(`${tool.name}: left out, ${tool.program} is not installed`);
    return false;
  });
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
  const reference = costs.get(REFERENCE);
  return tools.map((tool) => summarize(tool.name, costs.get(tool.name) ?? [], reference, dataset));
}

function summarize(tool: string, runs: Cost[], reference: Cost[] | undefined, dataset: Dataset): Result {
  const wallSeconds = median(runs.map((run) => run.wallSeconds));
  const peaks = runs.flatMap((run) => (run.peakMiB === null ? [] : [run.peakMiB]));
  const pairs = reference?.map((cost, index) => runs[index]!.cpuSeconds / cost.cpuSeconds);
  return {
    tool,
    runs,
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    wallSeconds,
    peakMiB: peaks.length > 0 ? median(peaks) : null,
    packetsPerSecond: dataset.packets / Math.max(wallSeconds, TICK_SECONDS),
    megabytesPerSecond: dataset.bytes / 1e6 / Math.max(wallSeconds, TICK_SECONDS),
    cpuRatio: pairs ? median(pairs) : null,
  };
}

function print(kind: DatasetKind, dataset: Dataset, results: readonly Result[]): void {
  const head = ['', 'CPU s', 'wall s', 'Mpkt/s', 'MB/s', 'peak MiB', `CPU / ${REFERENCE}`];
  const rows = results.map((result) => [
    result.tool,
    result.cpuSeconds.toFixed(2),
    result.wallSeconds.toFixed(2),
    (result.packetsPerSecond / 1e6).toFixed(2),
    result.megabytesPerSecond.toFixed(0),
    result.peakMiB?.toFixed(0) ?? '?',
    result.cpuRatio?.toFixed(3) ?? '-',
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const megabytes = (dataset.bytes / 1e6).toFixed(0);
  const connections = dataset.connections > 0 ? `, ${dataset.connections} connections` : '';
  console.log(`\n${kind}: ${megabytes} MB, ${dataset.packets} packets${connections}`);
  for (const row of [head, ...rows]) console.log(line(row).trimEnd());
}

function version(): string {
  return (JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }).version;
}

main();
