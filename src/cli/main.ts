import { type CliContext, processContext } from './context.js';
import { runCommand } from './run-command.js';

/**
 * Runs the command line `args` (without node and script) and sets `process.exitCode`. Never throws, and never calls
 * `process.exit`, which would lose text that a pipe has not taken yet.
 */
export async function main(args: readonly string[], context: CliContext = processContext()): Promise<void> {
  ignoreClosedPipe(context.stdout);
  ignoreClosedPipe(context.stderr);
  await runCommand(args, context);
}

/** A closed pipe (`| head -1`) is not an error; writers handle other failures. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {});
}
