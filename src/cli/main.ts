import { type CliContext, processContext } from './context.js';
import { runCommand } from './run-command.js';

/**
 * Runs the command line `args` (without node and script) and sets `process.exitCode`. Never calls `process.exit`, which
 * would lose what a pipe has not taken yet, and never throws.
 */
export async function main(args: readonly string[], context: CliContext = processContext()): Promise<void> {
  ignoreClosedPipe(context.stdout);
  ignoreClosedPipe(context.stderr);
  await runCommand(args, context);
}

/** A reader that has gone away (`| head -1`) is no error; other failures are the business of who writes. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {});
}
