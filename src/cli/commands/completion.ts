import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof SHELLS)[number];

const GUIDE: Guide = {
  about: `
The script completes commands, options and their values: apps, categories, protocols, interfaces, settings and stored
rules, also the apps of a file that --apps names on the line. Everything else completes as file names.`,
  examples: [
    ['source <(dpi completion bash)', 'in ~/.bashrc'],
    ['source <(dpi completion zsh)', 'in ~/.zshrc, behind compinit'],
    ['dpi completion fish > ~/.config/fish/completions/dpi.fish'],
    ['dpi completion powershell >> $PROFILE'],
  ],
};

export function configure(command: Command, { stdout }: CliContext): void {
  command.addArgument(command.createArgument('<shell>', 'the shell that is to read the script').choices(SHELLS));
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (shell: Shell) => {
    process.exitCode = EXIT_DONE;
    const output = new StreamOutput(stdout);
    output.write(
      shell === 'bash' ? (await import('../completion/bash-script.js')).BASH_SCRIPT : await packageScript(shell),
    );
    await output.commit();
  });
}

/** The script of @bomb.sh/tab, which prints it instead of returning it. */
async function packageScript(shell: Shell): Promise<string> {
  const { script } = await import('@bomb.sh/tab');
  const { log } = console;
  let text = '';
  console.log = (line: string) => {
    text += `${line}\n`;
  };
  try {
    script(shell, 'dpi', 'dpi');
  } finally {
    console.log = log;
  }
  // zsh takes a backslash for the quote of the next character: "app:YOUTUBE" would be the value "app".
  return text.replaceAll(`\${comp//:/\\:}`, `\${comp//:/\\\\:}`);
}
