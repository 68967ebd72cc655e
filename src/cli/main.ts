import { VERSION } from '../version.js';
import { type CliContext, processContext } from './context.js';
import { EXIT_DONE } from './exit-codes.js';

/**
 * Runs the command line `args` (without node and script) and sets `process.exitCode`. Never calls `process.exit`, which
 * would lose what a pipe has not taken yet, and never throws. What scripts ask at every start, the version, is answered
 * before the commands and the parser of their options are loaded.
 */
export async function main(args: readonly string[], context: CliContext = processContext()): Promise<void> {
  ignoreClosedPipe(context.stdout);
  ignoreClosedPipe(context.stderr);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    context.stdout.write(`${VERSION}\n`);
    process.exitCode = EXIT_DONE;
    return;
  }
  const { runCommand } = await import('./run-command.js');
  await runCommand(args, context);
}

/** A reader that has gone away (`| head -1`) is no error; other failures are the business of who writes. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {});
}
