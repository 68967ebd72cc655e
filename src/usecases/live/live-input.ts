import type { ByteSource } from '../../adapters/sources/byte-source.js';
import { CaptureChild } from '../../adapters/sources/capture-child.js';
import { type CaptureTool, installedTools, listInterfaces, noTool } from '../../adapters/sources/capture-tool.js';
import { openSource } from '../../adapters/sources/open-source.js';
import { PlainSource } from '../../adapters/sources/plain-source.js';
import { startFailure } from '../../adapters/sources/tool-messages.js';
import { DpiError } from '../../core/common/error.js';
import type { LiveOrigin } from './live-types.js';

/** A capture that has begun. */
export interface LiveInput {
  readonly source: ByteSource;
  /** The capture tool's process, null for standard input. */
  readonly child: CaptureChild | null;
}

/** Begins to capture. Resolves to null when `signal` came first. Rejects with a DpiError that names the obstacle. */
export async function openLiveInput(origin: LiveOrigin, signal: AbortSignal): Promise<LiveInput | null> {
  if (origin.interfaceName === '-') {
    const source = await openSource('-', '-', signal);
    return { source, child: null };
  }
  const tools = installedTools(origin.env ?? process.env, origin.tool);
  if (tools.length === 0) throw noTool(origin.tool);
  let failure: unknown = null;
  for (const tool of tools) {
    try {
      return await begin(tool, origin, signal);
    } catch (error) {
      failure ??= error;
      // Another tool may have the permission that this one lacks.
      if (!(error instanceof DpiError) || error.code !== 'capture-not-permitted') throw error;
    }
  }
  throw failure;
}

async function begin(tool: CaptureTool, origin: LiveOrigin, signal: AbortSignal): Promise<LiveInput | null> {
  const { filter = null, snapLen = null } = origin;
  const interfaceName = origin.interfaceName ?? (await firstInterface(tool));
  const request = { interfaceName, filter, snapLen };
  const child = new CaptureChild(tool, request);
  const stop = () => child.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    if (await child.hasBytes()) return { source: new PlainSource(child), child };
    await child.ended;
    if (signal.aborted) return null;
    const names = await listInterfaces(tool).then(
      (all) => all.map(({ name }) => name),
      () => [],
    );
    throw startFailure(tool, request, child.messages, names);
  } catch (error) {
    child.close();
    throw error;
  }
}

async function firstInterface(tool: CaptureTool): Promise<string> {
  const [first] = await listInterfaces(tool);
  if (first === undefined) throw new DpiError('no-interfaces', `${tool.name} finds no interface to capture on`);
  return first.name;
}
