import { type Command, Option } from 'commander';
import { DpiError } from '../core/common/error.js';
import type { RuleAction, RuleType } from '../core/policy/rule.js';
import { limitRule, type RuleChoice, type RuleTexts } from '../usecases/rules/rules-in-force.js';
import type { CliContext } from './context.js';
import { addGroup, KEEP_GROUP, RULES_GROUP } from './help.js';
import { collectList } from './options.js';
import { addStoreOptions, type StoreFlags } from './rules/store-options.js';

const VALUES: readonly [type: RuleType, placeholder: string, description: string][] = [
  ['ip', 'address', 'an address or prefix, at either end'],
  ['domain', 'name', 'a domain with its subdomains (=name: without, *.name: only those)'],
  ['app', 'app', 'an app with its parts'],
  ['category', 'category', 'the apps of a category: video, gambling, social (see dpi apps)'],
  ['proto', 'protocol', 'a protocol: ssh, dns, bittorrent'],
  ['port', 'port', 'a responder port: 443, 6881-6889, udp/443'],
];

/** What `addRuleOptions` parses, besides an array for each `--block-…` and `--allow-…`. */
export interface RuleFlags extends StoreFlags {
  storedRules: boolean;
  strictRules?: boolean;
  onLimit: 'allow' | 'block';
}

/** Options that say which rules are in force for an invocation. */
export function addRuleOptions(command: Command): void {
  addGroup(command, RULES_GROUP, () => {
    for (const [type, placeholder, text] of VALUES) addValues(command, 'block', type, placeholder, `block ${text}`);
    for (const [type, placeholder, text] of VALUES) addValues(command, 'allow', type, placeholder, `allow ${text}`);
    command.option('--no-stored-rules', 'use only the command-line rules');
    addStoreOptions(command);
    command.option('--strict-rules', 'fail when Redis is unreachable instead of using the cached rules');
    command.addOption(
      new Option('--on-limit <action>', 'what to do with connections that a limit left partly unread')
        .choices(['allow', 'block'])
        .default('allow'),
    );
  });
}

/** Options that pick connections: `--keep-ip` and so on. */
export function addKeepOptions(command: Command): void {
  addGroup(command, KEEP_GROUP, () => {
    for (const [type, placeholder, text] of VALUES) addValues(command, 'keep', type, placeholder, `keep only ${text}`);
  });
}

/** The rules that the flags name. Throws DpiError for flags that exclude each other. */
export function chosenRules(flags: RuleFlags, { env }: CliContext): RuleChoice {
  const { rulesFile, redis, redisPrefix, storedRules, strictRules } = flags;
  if (!storedRules) {
    const named = rulesFile !== undefined ? '--rules-file' : redis !== undefined ? '--redis' : null;
    if (named !== null) throw new DpiError('usage', `${named} cannot be used with --no-stored-rules`);
  }
  return {
    ofCall: [
      ...writtenRules(flags, 'block'),
      ...writtenRules(flags, 'allow'),
      ...(flags.onLimit === 'block' ? [limitRule('--on-limit')] : []),
    ],
    stored: storedRules ? { rulesFile, redis, redisPrefix } : null,
    strict: strictRules ?? false,
    env,
  };
}

/** The values of `--keep-…`; empty when there are none. */
export function keptValues(flags: object): RuleTexts[] {
  return writtenRules(flags, 'keep');
}

/** The values of `--block-…`, `--allow-…` or `--keep-…`; keep rules match as block rules do. */
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
