import type { Command } from 'commander';
import { commandPath, SELECTION_GROUP } from './help.js';

/** An option that other programs have, and the advice for it; null where the command has nothing like it. */
interface Habit {
  readonly flags: readonly string[];
  readonly advice: (command: Command) => string | null;
}

/** Options of tshark and tcpdump, and of most other programs. */
const HABITS: readonly Habit[] = [
  {
    flags: ['-r', '-f', '--read-file', '--file', '--input'],
    advice: (command) => (takesCaptures(command) ? `a capture needs no option: ${usageOf(command)}` : null),
  },
  {
    flags: ['-T', '-F', '-j', '-e', '-E', '--format', '--output-format', '--xml', '--yaml'],
    advice: (command) => listed('the format is chosen with', ['--json', '--ndjson', '--csv', '--lines'], command),
  },
  { flags: ['-Y', '-R', '-d', '--display-filter', '--where'], advice: selection },
  { flags: ['-n', '-N', '--numeric'], advice: () => 'it is not needed: dpi never looks names up' },
  { flags: ['-z'], advice: (command) => listed('the report holds all statistics; see also', ['--json'], command) },
  {
    flags: ['-v', '--verbose', '-x', '-X', '-A', '-O'],
    advice: (command) => listed('bytes and reasons are shown by', ['--explain'], command),
  },
  { flags: ['-v'], advice: () => "'dpi --version' prints the version" },
  { flags: ['-w'], advice: () => "'dpi filter' writes captures" },
  { flags: ['-i', '-D', '--interface', '--list-interfaces'], advice: () => "'dpi live' watches an interface" },
  { flags: ['-f', '--capture-filter'], advice: (command) => listed('did you mean', ['--filter'], command) },
  { flags: ['-s', '--snapshot-length'], advice: (command) => listed('did you mean', ['--snaplen'], command) },
  { flags: ['-a', '-G', '--autostop'], advice: (command) => listed('did you mean', ['--duration'], command) },
  { flags: ['-l', '--line-buffered'], advice: (command) => listed('did you mean', ['--lines'], command) },
];

/** Advice for an option that users know from another program; null for other options. */
export function adviceOnHabit(flag: string, command: Command): string | null {
  // "-nr file" stands for "-n -r file".
  const name = flag.startsWith('--') ? flag.replace(/=.*$/s, '') : flag.slice(0, 2);
  for (const { flags, advice } of HABITS) {
    const text = flags.includes(name) ? advice(command) : null;
    if (text !== null) return text;
  }
  return null;
}

function listed(words: string, options: readonly string[], command: Command): string | null {
  const own = options.filter((long) => command.options.some((option) => option.long === long));
  return own.length === 0 ? null : `${words} ${alternatives(own.map(quoted))}${words.startsWith('did') ? '?' : ''}`;
}

function selection(command: Command): string {
  const own = command.options.filter((option) => option.helpGroupHeading === SELECTION_GROUP && option.long);
  if (own.length > 0) {
    return `there are no display filters; choose connections with ${alternatives(own.map(({ long }) => quoted(long!)))}`;
  }
  return `there are no display filters; choose from the lines of 'dpi analyze --ndjson' with jq`;
}

function takesCaptures(command: Command): boolean {
  return command.registeredArguments.some((argument) => /capture|^in$/.test(argument.name()));
}

function usageOf(command: Command): string {
  return `${commandPath(command)} ${command.usage()}`;
}

function quoted(word: string): string {
  return `'${word}'`;
}

/** "a, b or c". */
export function alternatives(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ');
}
