import type { Command } from 'commander';
import type { AnalyzeCaptures } from '../usecases/analyze/analyze-types.js';

/** The parts of the process that commands use; tests replace them. */
export interface CliContext {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Loads the engine; called only when a command needs it. */
  loadAnalyze(): Promise<AnalyzeCaptures>;
}

/** Builds the tree of all commands, those that `wanted` accepts with their arguments and options. */
export type LoadTree = (wanted: (name: string) => boolean) => Promise<Command>;

export function processContext(): CliContext {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    loadAnalyze: async () => (await import('../usecases/analyze/analyze.js')).analyzeCaptures,
  };
}
