import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './measure.js';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where captures, and what is written of them, lie. */
export const DATA = `${ROOT}bench/data/`;

/** A program that reads a capture. */
export interface Tool {
  name: string;
  program: string;
  args: (capture: string) => string[];
  /** Where its output goes; nowhere when left out. */
  stdout?: string;
}

/** The tool against which the ratios are taken, run by run. */
export const REFERENCE = 'ndpiReader -q';
export const ANALYZE = 'dpi analyze';
const DPI = `${ROOT}bin/dpi.js`;

/** `dpi` with `args`, as a program and its arguments. */
export function dpi(...args: string[]): [program: string, args: string[]] {
  return ['node', [DPI, ...args]];
}

export const TOOLS: readonly Tool[] = [
  { name: ANALYZE, program: 'node', args: (capture) => [DPI, 'analyze', capture] },
  {
    name: 'dpi analyze --json',
    program: 'node',
    args: (capture) => [DPI, 'analyze', '--json', capture],
    stdout: `${DATA}report.json`,
  },
  {
    name: 'dpi analyze --ndjson',
    program: 'node',
    args: (capture) => [DPI, 'analyze', '--ndjson', capture],
    stdout: `${DATA}report.ndjson`,
  },
  {
    name: 'dpi filter --block-app YOUTUBE',
    program: 'node',
    args: (capture) => [DPI, 'filter', '--block-app', 'YOUTUBE', capture, `${DATA}filtered.pcap`],
  },
  { name: REFERENCE, program: 'ndpiReader', args: (capture) => ['-q', '-i', capture] },
  { name: 'tcpdump -w /dev/null', program: 'tcpdump', args: (capture) => ['-r', capture, '-w', '/dev/null'] },
  { name: 'capinfos -c', program: 'capinfos', args: (capture) => ['-c', capture] },
  { name: 'cat', program: 'cat', args: (capture) => [capture] },
];

/** The tools that read floods: one thread and no rules, so that the figures are those of the analysis alone. */
export const FLOOD_TOOLS: readonly Tool[] = [
  [ANALYZE, []],
  ['dpi analyze --json', ['--json']],
].map(([name, args]) => ({
  name: name as string,
  program: 'node',
  args: (capture) => [DPI, 'analyze', '--no-stored-rules', ...(args as string[]), capture],
}));

/** What nobody waits for unless asked to. */
export const TSHARK: Tool = {
  name: 'tshark -z conv,tcp',
  program: 'tshark',
  args: (capture) => ['-q', '-n', '-z', 'conv,tcp', '-r', capture],
};

/** Those of the tools that this machine has; says which it has not. */
export function installed(tools: readonly Tool[]): Tool[] {
  return tools.filter((tool) => {
    if (isInstalled(tool.program)) return true;
    console.log(`${tool.name}: left out, ${tool.program} is not installed`);
    return false;
  });
}

/** The machine and the versions that figures belong to. */
export function machine(): Record<string, string> {
  return {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    ndpiReader: version('ndpiReader', '-h'),
    tcpdump: version('tcpdump', '--version'),
    capinfos: version('capinfos', '--version'),
  };
}

function version(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? 'none';
}
