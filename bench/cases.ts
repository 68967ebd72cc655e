import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { Prng } from '../test/forge/prng.js';
import { ensureDataset } from './generate.js';
import { type Cost, measure, median } from './measure.js';
import { printTable } from './print-table.js';
import { DATA, dpi, ROOT } from './tools.js';

export interface CaseOptions {
  /** As for the data sets. */
  size: number;
  runs: number;
}

/** Questions that are no race of tools over one capture. */
export const CASES: Readonly<Record<string, (options: CaseOptions) => void>> = { start, gzip, rules, growth };

const START_RUNS = 15;
const RULE_DOMAINS = 1_000_000;
const RULE_PREFIXES = 100_000;

/** What a start costs: wall milliseconds against those of a program that does nothing. */
function start({ runs }: CaseOptions): void {
  const megabyte = ensureDataset('mix', 0.001).path;
  const commands: [name: string, program: string, args: string[]][] = [
    ['node -e 0', 'node', ['-e', '0']],
    ['dpi --version', ...dpi('--version')],
    ['dpi analyze samples/demo.pcap', ...dpi('analyze', '--no-stored-rules', `${ROOT}samples/demo.pcap`)],
    ['dpi analyze, 1 MB of mix', ...dpi('analyze', '--no-stored-rules', megabyte)],
  ];
  const times = inTurn(Math.max(runs, START_RUNS), commands, ([, program, args]) => wallMillis(program, args));
  const bare = median(times[0]!);
  const rows = commands.map(([name], index) => {
    const wall = median(times[index]!);
    return [name, wall.toFixed(0), index === 0 ? '-' : (wall - bare).toFixed(0)];
  });
  printTable('start-up, medians', ['', 'wall ms', 'above node'], rows);
}

/** A packed capture against unpacking alone. */
function gzip({ size, runs }: CaseOptions): void {
  const { path } = ensureDataset('mix', size);
  const packed = `${path}.gz`;
  if (!existsSync(packed)) spawnSync('bash', ['-c', 'gzip -1 -c "$0" > "$1"', path, packed]);
  const commands: [name: string, program: string, args: string[]][] = [
    ['zcat | wc -c', 'bash', ['-c', 'zcat "$0" | wc -c', packed]],
    ['dpi analyze', ...dpi('analyze', packed)],
  ];
  const costs = inTurn(runs, commands, ([, program, args]) => measure(program, args));
  const ratios = costs[1]!.map((cost, run) => cost.wallSeconds / costs[0]![run]!.wallSeconds);
  const rows = commands.map(([name], index) => [name, ...secondsOf(costs[index]!)]);
  printTable(`mix ${size} in gzip; wall, dpi over zcat: ${list(ratios)}`, ['', 'CPU s', 'wall s', 'peak MiB'], rows);
}

/** A million domains and 100,000 prefixes, none of which the traffic meets, against no rules. */
function rules({ size, runs }: CaseOptions): void {
  const { path } = ensureDataset('mix', size);
  const demo = `${ROOT}samples/demo.pcap`;
  const store = writeRules();
  const commands: [name: string, program: string, args: string[]][] = [
    ['demo, no rules', ...dpi('analyze', '--no-stored-rules', demo)],
    ['demo, all rules', ...dpi('analyze', '--rules-file', store, demo)],
    [`mix ${size}, no rules`, ...dpi('analyze', '--no-stored-rules', path)],
    [`mix ${size}, all rules`, ...dpi('analyze', '--rules-file', store, path)],
  ];
  const costs = inTurn(runs, commands, ([, program, args]) => measure(program, args));
  const cpu = costs.map((all) => median(all.map((cost) => cost.cpuSeconds)));
  const load = cpu[1]! - cpu[0]!;
  const rest = (cpu[3]! - cpu[2]! - load) / cpu[2]!;
  printTable(
    `${RULE_DOMAINS} domains and ${RULE_PREFIXES} prefixes: ${load.toFixed(2)} CPU s to load, then ${(rest * 100).toFixed(0)} %`,
    ['', 'CPU s', 'wall s', 'peak MiB'],
    commands.map(([name], index) => [name, ...secondsOf(costs[index]!)]),
  );
}

/** Ten times the input, ten times the time, and the same memory. */
function growth({ size, runs }: CaseOptions): void {
  const sizes = [0.1, 1, 10].filter((one) => one <= size);
  const rows = sizes.map((one) => {
    const { path, bytes, connections } = ensureDataset('mix', one);
    measure('cat', [path]); // into the page cache
    const costs = Array.from({ length: runs }, () => measure(...dpi('analyze', '--no-stored-rules', path)));
    const perGigabyte = median(costs.map((cost) => cost.cpuSeconds)) / (bytes / 1e9);
    return [`mix ${one}`, (bytes / 1e6).toFixed(0), String(connections), ...secondsOf(costs), perGigabyte.toFixed(2)];
  });
  printTable('growth', ['', 'MB', 'connections', 'CPU s', 'wall s', 'peak MiB', 'CPU s/GB'], rows);
}

/** Every command once, then again, so that what slows the machine down slows all of them. */
function inTurn<Command, Result>(
  runs: number,
  commands: readonly Command[],
  run: (command: Command) => Result,
): Result[][] {
  const results: Result[][] = commands.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, command] of commands.entries()) results[index]!.push(run(command));
  }
  return results;
}

function wallMillis(program: string, args: readonly string[]): number {
  const { NODE_EXTRA_CA_CERTS: _ca, ...env } = process.env;
  const started = process.hrtime.bigint();
  const { status } = spawnSync(program, args, { stdio: 'ignore', env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** The rules, stored as `dpi rules import` stores them, in a file that is made once. */
function writeRules(): string {
  const store = `${DATA}rules.json`;
  if (existsSync(store)) return store;
  const random = new Prng('rules');
  const lines = new Set<string>();
  while (lines.size < RULE_DOMAINS) {
    lines.add(`${random.int(0x7fffffff).toString(36)}.zone${random.int(50_000)}.example`);
  }
  while (lines.size < RULE_DOMAINS + RULE_PREFIXES) {
    const [high, low] = [random.int(256), random.int(256)];
    lines.add(`100.${64 + (high & 63)}.${low}.${random.int(4) * 64}/${26 + random.int(4)}`);
  }
  const source = `${DATA}rules.txt`;
  writeFileSync(source, `${[...lines].join('\n')}\n`);
  const [program, args] = dpi('rules', 'import', '--rules-file', store, source);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`dpi rules import ended with ${status}: ${stderr}`);
  rmSync(source);
  return store;
}

function secondsOf(costs: readonly Cost[]): string[] {
  const peaks = costs.flatMap(({ peakMiB }) => (peakMiB === null ? [] : [peakMiB]));
  return [
    median(costs.map((cost) => cost.cpuSeconds)).toFixed(2),
    median(costs.map((cost) => cost.wallSeconds)).toFixed(2),
    peaks.length > 0 ? Math.max(...peaks).toFixed(0) : '?',
  ];
}

function list(ratios: readonly number[]): string {
  return ratios.map((ratio) => ratio.toFixed(2)).join(', ');
}
