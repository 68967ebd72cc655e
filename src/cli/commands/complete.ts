import type { Command } from 'commander';
import { safeText } from '../../render/safe-text.js';
import type { Completion } from '../completion/candidates.js';
import type { CliContext, LoadTree } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { StreamOutput } from '../stream-output.js';

/** Directives of the completion scripts (those of cobra): file names may follow, or may not. */
const DEFAULT = 0;
const NO_FILES = 4;

/** `dpi complete -- analyze --bl`, which the completion scripts run: a candidate a line, then a directive. */
export function configure(command: Command, context: CliContext, loadTree: LoadTree): void {
  command.argument('[words...]').action(async (words: string[]) => {
    const output = new StreamOutput(context.stdout);
    output.write(completionText(await completed(words, context, loadTree)));
    await output.commit();
    process.exitCode = EXIT_DONE;
  });
}

/** No error may appear between the words that a user types. */
async function completed(words: readonly string[], context: CliContext, loadTree: LoadTree): Promise<Completion> {
  try {
    const { completionOf } = await import('../completion/candidates.js');
    return await completionOf(words.length === 0 ? [''] : words, context, loadTree);
  } catch {
    return { candidates: [], takesFiles: true };
  }
}

function completionText({ candidates, takesFiles }: Completion): string {
  const lines = candidates.map(({ value, description }) => {
    const text = safeText(description).replace(/\s+/g, ' ');
    return text === '' ? safeText(value) : `${safeText(value)}\t${text}`;
  });
  return `${[...lines, `:${takesFiles ? DEFAULT : NO_FILES}`].join('\n')}\n`;
}
