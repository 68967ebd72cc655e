import type { Command } from 'commander';
import { DpiError } from '../core/common/error.js';
import type { RuleAction, RuleType } from '../core/policy/rule.js';
import type { RuleChoice, RuleTexts } from '../usecases/rules/rules-in-force.js';
import type { CliContext } from './context.js';
import { addStoreOptions, type StoreFlags } from './rules/store-options.js';

const VALUES: readonly [type: RuleType, placeholder: string, what: string][] = [
  ['ip', 'address', 'an address or prefix, either end'],
  ['domain', 'name', 'a site and its subdomains (=name: only it, *.name: only those)'],
  ['app', 'app', 'an app'],
  ['port', 'port', 'a port of the responder: 443, 6881-6889, udp/443'],
];

/** What `addRuleOptions` parses, beside an array for each of its `--block-…` and `--allow-…`. */
export interface RuleFlags extends StoreFlags {
  storedRules: boolean;
  strictRules?: boolean;
}

/** Options that say which rules are in force for a call. */
export function addRuleOptions(command: Command): void {
  for (const [type, placeholder, what] of VALUES) addValues(command, 'block', type, placeholder, `block ${what}`);
  for (const [type, placeholder, what] of VALUES) addValues(command, 'allow', type, placeholder, `never block ${what}`);
  command.option('--no-stored-rules', 'only the rules of this call');
  addStoreOptions(command);
  command.option('--strict-rules', 'fail when Redis is down, instead of going by the copy of its rules');
}

/** Options that pick connections: `--keep-ip` and so on. */
export function addKeepOptions(command: Command): void {
  for (const [type, placeholder, what] of VALUES) addValues(command, 'keep', type, placeholder, `keep only ${what}`);
}

/** The rules that the flags ask for. Throws DpiError for flags that exclude each other. */
export function chosenRules(flags: RuleFlags, { env }: CliContext): RuleChoice {
  const { rulesFile, redis, redisPrefix, storedRules, strictRules } = flags;
  if (!storedRules) {
    const named = rulesFile !== undefined ? '--rules-file' : redis !== undefined ? '--redis' : null;
    if (named !== null) throw new DpiError('usage', `${named} and --no-stored-rules exclude each other`);
  }
  return {
    ofCall: [...writtenRules(flags, 'block'), ...writtenRules(flags, 'allow')],
    stored: storedRules ? { rulesFile, redis, redisPrefix } : null,
    strict: strictRules ?? false,
    env,
  };
}

/** The values of `--keep-…`; empty when there are none. */
export function keptValues(flags: object): RuleTexts[] {
  return writtenRules(flags, 'keep');
}

/** The values that were given for `--block-…`, `--allow-…` or `--keep-…`; keep rules match as block rules do. */
function writtenRules(flags: object, verb: RuleAction | 'keep'): RuleTexts[] {
  return VALUES.flatMap(([type]) => {
    const key = verb + type.charAt(0).toUpperCase() + type.slice(1);
    const texts = (flags as Record<string, string[] | undefined>)[key];
    if (texts === undefined) return [];
    return [{ type, action: verb === 'allow' ? 'allow' : 'block', option: `--${verb}-${type}`, texts }];
  });
}

function addValues(command: Command, verb: string, type: RuleType, placeholder: string, description: string): void {
  command.option(`--${verb}-${type} <${placeholder}>`, `${description} (repeatable)`, collectList);
}

/** Parser of an option that may be given several times, or once with commas. */
function collectList(value: string, previous: string[] = []): string[] {
  const texts = value.split(',').map((text) => text.trim());
  return [...previous, ...texts.filter((text) => text !== '' || texts.length === 1)];
}
