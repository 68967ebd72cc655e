import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DpiError } from '../../core/common/error.js';

export type ToolName = 'dumpcap' | 'tcpdump';

/** A program that captures packets and writes them to its standard output. */
export interface CaptureTool {
  readonly name: ToolName;
  readonly path: string;
}

/** The traffic to capture. */
export interface CaptureRequest {
  readonly interfaceName: string;
  /** In the language of pcap-filter(7); null for everything. */
  readonly filter: string | null;
  /** Bytes of each packet; null for whole ones. */
  readonly snapLen: number | null;
}

/** An interface as the tool lists it. */
export interface CaptureInterface {
  readonly name: string;
  /** '' without one. */
  readonly description: string;
}

/** dumpcap first: it delivers packets sooner, and often runs without root (docs/decisions/0012). */
export const TOOL_NAMES: readonly ToolName[] = ['dumpcap', 'tcpdump'];

/** Folders of administrators' programs, which a user's PATH often lacks. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];
const LIST_TIMEOUT_MS = 10_000;
const BUFFER_MIB = 32;

/** The tools that are installed, the preferred one first; only `wanted` where that is given. */
export function installedTools(env: Readonly<Record<string, string | undefined>>, wanted?: ToolName): CaptureTool[] {
  const folders = [...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const names = wanted === undefined ? TOOL_NAMES : [wanted];
  return names.flatMap((name) => {
    const file = process.platform === 'win32' ? `${name}.exe` : name;
    const path = folders.map((folder) => join(folder, file)).find(isProgram);
    return path === undefined ? [] : [{ name, path }];
  });
}

/** The error when none is installed. */
export function noTool(wanted?: ToolName): DpiError {
  const missing = wanted === undefined ? 'neither dumpcap nor tcpdump is installed' : `${wanted} is not installed`;
  return new DpiError(
    'no-capture-tool',
    `${missing}, and dpi captures through it: install tcpdump, or wireshark-common for dumpcap, or pipe a capture into 'dpi live -i -'`,
  );
}

/** The arguments that make the tool write packets to its standard output without delay. */
export function captureArgs(tool: ToolName, { interfaceName, filter, snapLen }: CaptureRequest): string[] {
  const snap = snapLen === null ? [] : ['-s', String(snapLen)];
  if (tool === 'dumpcap') {
    const filterArgs = filter === null ? [] : ['-f', filter];
    return ['-q', '-P', '-w', '-', '-B', String(BUFFER_MIB), '-i', interfaceName, ...snap, ...filterArgs];
  }
  // Without the immediate mode, packets wait in the kernel for up to a second.
  const delivery = ['-U', '--immediate-mode', '-B', String(BUFFER_MIB * 1024)];
  return [...delivery, '-w', '-', '-i', interfaceName, ...snap, ...(filter === null ? [] : ['--', filter])];
}

/** The interfaces on which the tool can capture, in its own order, the preferred one first. */
export function listInterfaces(tool: CaptureTool): Promise<CaptureInterface[]> {
  return new Promise((resolve, reject) => {
    const options = { timeout: LIST_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } };
    execFile(tool.path, ['-D'], options, (error, stdout, stderr) => {
      if (error === null) return resolve(parseInterfaces(stdout));
      const reason = stderr.trim().split('\n', 1)[0] || error.message;
      reject(new DpiError('no-interfaces', `${tool.name} can't list the interfaces: ${reason}`, { cause: error }));
    });
  });
}

/** Reads "3.lo [Up, Running, Loopback]", "3. lo (Loopback)"; lines of another shape are left out. */
export function parseInterfaces(text: string): CaptureInterface[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+\.\s*(\S+)\s*(.*)$/.exec(line.trim());
    if (match === null) return [];
    const about = [...match[2]!.matchAll(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\[([^\]]*)\]/g)];
    const description = about
      .map(([, words, state]) => words ?? state!.toLowerCase())
      .filter((part) => part !== 'none');
    return [{ name: match[1]!, description: description.join(', ') }];
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
