import type { AnalyzeCaptures } from '../usecases/analyze/analyze-types.js';

/** What commands use of the process around them; tests put their own in its place. */
export interface CliContext {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Loads the engine, when a command gets as far as needing it. */
  loadAnalyze(): Promise<AnalyzeCaptures>;
}

export function processContext(): CliContext {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    loadAnalyze: async () => (await import('../usecases/analyze/analyze.js')).analyzeCaptures,
  };
}
