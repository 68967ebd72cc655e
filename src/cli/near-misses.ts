import type { Command } from 'commander';
import { editDistance } from '../core/classify/edit-distance.js';

const MOST_LISTED = 8;
/** Letters to an edit that still counts as a slip. */
const LETTERS_PER_EDIT = 3;
/** Shorter words begin too many others. */
const SHORTEST_BEGINNING = 3;

/** Words of other programs for what a command of ours does. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  add: ['block', 'allow', 'new', 'create', 'insert', 'append'],
  remove: ['rm', 'delete', 'del', 'erase', 'unblock', 'drop'],
  list: ['ls', 'show', 'view', 'print', 'cat', 'dump', 'all'],
  check: ['why', 'which', 'match', 'query', 'find', 'lookup'],
  clear: ['flush', 'reset', 'purge', 'empty'],
  import: ['load', 'restore'],
  export: ['save', 'backup'],
  test: ['try', 'verify', 'simulate'],
  set: ['put', 'change'],
  write: ['create', 'save', 'record', 'new'],
  unset: ['reset', 'remove', 'rm', 'delete', 'del'],
  get: ['show', 'print'],
  analyze: ['read', 'stats', 'info', 'inspect', 'report', 'scan', 'dissect', 'explain', 'summary', 'parse'],
  apps: ['app', 'lookup', 'whois', 'hosts'],
  filter: ['strip', 'cut', 'drop', 'write', 'block', 'keep'],
  live: ['capture', 'watch', 'monitor', 'sniff', 'interfaces', 'top'],
  rules: ['policy', 'block', 'allow', 'firewall'],
  diff: ['compare', 'delta', 'changes'],
  snapshot: ['baseline', 'contacts', 'gate'],
  serve: ['http', 'api', 'daemon', 'start', 'web'],
  config: ['settings', 'preferences', 'set'],
  completion: ['completions', 'autocomplete'],
};

/** Long options of `command` that `flag` may mean, likeliest first. */
export function nearOptions(flag: string, command: Command): string[] {
  const typed = flag.replace(/^-+/, '').replace(/=.*$/s, '').toLowerCase();
  const names = [...command.options.filter(({ hidden }) => !hidden).map(({ long }) => long), '--help'];
  const known = new Set(names.flatMap((long) => (long ? [long.slice(2)] : [])));
  return nearest(typed, known).map((name) => `--${name}`);
}

/** Commands of `command` that `name` may mean, likeliest first. */
export function nearCommands(name: string, command: Command): string[] {
  const typed = name.toLowerCase();
  const names = visibleCommands(command);
  const near = nearest(typed, new Set(names));
  return near.length > 0 ? near : names.filter((one) => SYNONYMS[one]?.includes(typed));
}

/** Names of the commands that the help of `command` shows. */
export function visibleCommands(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
}

/** Names among `names` that `typed` may mean, likeliest first. */
export function nearNames(typed: string, names: ReadonlySet<string>): string[] {
  return nearest(typed.toLowerCase(), names);
}

/** Names with few letters changed, else names of several words of which one is `typed`. */
function nearest(typed: string, names: ReadonlySet<string>): string[] {
  if (typed === '') return [];
  const allowed = Math.max(1, Math.floor(typed.length / LETTERS_PER_EDIT));
  const slips = [...names]
    .map((name) => ({ name, edits: editDistance(typed, name) }))
    .filter(({ name, edits }) => edits <= allowed && edits < name.length)
    .sort((a, b) => a.edits - b.edits);
  const best = slips.filter(({ edits }) => edits === slips[0]!.edits).map(({ name }) => name);
  const related = [...names].filter((name) => name.split('-').includes(typed) || begins(name, typed));
  return [...new Set([...best, ...related])].slice(0, MOST_LISTED);
}

function begins(name: string, typed: string): boolean {
  return typed.length >= SHORTEST_BEGINNING && name.startsWith(typed);
}
