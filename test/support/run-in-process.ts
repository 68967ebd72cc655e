import type { CliContext } from '../../src/cli/context.js';
import { runCommand } from '../../src/cli/run-command.js';

export interface InProcessRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: unknown;
}

/**
 * Runs a command line in this process. `columns` makes both streams terminals of that width; `dpi analyze` needs
 * `loadAnalyze`.
 */
export async function runInProcess(
  args: readonly string[],
  {
    columns,
    env = {},
    loadAnalyze,
  }: Partial<Pick<CliContext, 'loadAnalyze'>> & { columns?: number; env?: Record<string, string> } = {},
): Promise<InProcessRun> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => {
    const write = (text: string | Uint8Array, done?: unknown) => {
      texts[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      if (typeof done === 'function') done();
      return true;
    };
    return { write, on() {}, isTTY: columns !== undefined, columns } as unknown as NodeJS.WriteStream;
  };
  const context = { stdout: stream('stdout'), stderr: stream('stderr'), env, loadAnalyze } as CliContext;
  const { exitCode } = process;
  const listeners = process.listeners('uncaughtException');
  try {
    process.exitCode = undefined;
    await runCommand(args, context);
    return { ...texts, exitCode: process.exitCode ?? 0 };
  } finally {
    process.exitCode = exitCode;
    for (const listener of process.listeners('uncaughtException')) {
      if (!listeners.includes(listener)) process.off('uncaughtException', listener);
    }
  }
}
