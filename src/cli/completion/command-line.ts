import type { Command, Option } from 'commander';

/** A command line that is being typed. */
export interface TypedLine {
  /** The command that the words before the current one name. */
  readonly command: Command;
  /** True behind "help": the words that follow name a command. */
  readonly isHelp: boolean;
  /** Operands of the command before the current word. */
  readonly operands: readonly string[];
  /** The option whose value is typed; null otherwise. */
  readonly option: Option | null;
  /** What is typed of the current word; of "--option=value", the value. */
  readonly current: string;
  /** True behind "--": what follows are operands. */
  readonly onlyOperands: boolean;
  /** Values of the options before the current word, by attribute; '' for an option without a value. */
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/** Reads the words behind "dpi"; the last one, which may be empty, is being typed. */
export function readTypedLine(program: Command, words: readonly string[]): TypedLine {
  const typed = words.at(-1) ?? '';
  let command = program;
  let isHelp = false;
  let option: Option | null = null;
  let onlyOperands = false;
  const operands: string[] = [];
  const given = new Map<string, string[]>();
  const give = (one: Option, value: string) => {
    given.set(one.attributeName(), [...(given.get(one.attributeName()) ?? []), value]);
  };
  for (const word of words.slice(0, -1)) {
    if (option !== null) {
      give(option, word);
      option = null;
    } else if (!onlyOperands && word === '--') onlyOperands = true;
    else if (!onlyOperands && /^-./.test(word)) {
      const [flag, ...rest] = word.split('=');
      const found = optionOf(command, flag!);
      if (found === null) continue;
      if (found.required && rest.length === 0) option = found;
      else give(found, rest.join('='));
    } else {
      const next = operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (next === undefined) operands.push(word);
      else if (command === program && word === 'help') isHelp = true;
      else command = next;
    }
  }
  const [, flag, value] = (!onlyOperands && option === null && /^(--[^=]+)=(.*)$/s.exec(typed)) || [];
  const inline = flag === undefined ? null : optionOf(command, flag);
  return { command, isHelp, operands, option: inline ?? option, current: value ?? typed, onlyOperands, given };
}

function optionOf(command: Command, flag: string): Option | null {
  return command.options.find(({ long, short }) => flag === long || flag === short) ?? null;
}
