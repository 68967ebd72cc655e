import type { Command } from 'commander';
import { DpiError } from '../core/common/error.js';
import type { SelectionTexts } from '../core/select/selection.js';
import { addGroup, KEEP_GROUP, SELECTION_GROUP } from './help.js';
import { collectList } from './options.js';

interface SelectionOption {
  readonly name: keyof SelectionTexts;
  readonly placeholder: string;
  readonly description: string;
  /** The option takes one value; the others may be repeated, and take lists with commas. */
  readonly isSingle?: true;
}

const OPTIONS: readonly SelectionOption[] = [
  { name: 'app', placeholder: 'app', description: 'an app' },
  {
    name: 'domain',
    placeholder: 'name',
    description: 'a domain with its subdomains (=name: without, *.name: only those)',
  },
  { name: 'host', placeholder: 'host', description: 'an address at either end, or exactly this host name' },
  { name: 'net', placeholder: 'prefix', description: 'addresses at either end: 10.0.0.0/8, 2001:db8::/32' },
  { name: 'port', placeholder: 'port', description: 'a responder port: 443, 6881-6889, udp/443' },
  { name: 'proto', placeholder: 'protocol', description: 'a protocol: tcp, udp, icmp, tls, quic, dns' },
  { name: 'category', placeholder: 'category', description: 'a category of apps: video, vpn' },
  { name: 'vlan', placeholder: 'id', description: 'a VLAN ID' },
  {
    name: 'since',
    placeholder: 'time',
    description: 'active at this time or later: 10s after the begin, or ISO 8601',
    isSingle: true,
  },
  { name: 'until', placeholder: 'time', description: 'active at this time or earlier', isSingle: true },
  {
    name: 'where',
    placeholder: 'expression',
    description: "an expression: 'bytes > 1M and tcp_state == reset'",
    isSingle: true,
  },
];

/** Rules pick by these, too, so that `--keep-…` has them already (addKeepOptions). */
const RULE_TYPES: readonly string[] = ['app', 'domain', 'port', 'proto', 'category'];

/** Options that select connections: `--app`, `--where` and so on. */
export function addSelectionOptions(command: Command): void {
  addGroup(command, SELECTION_GROUP, () => {
    for (const option of OPTIONS) addOption(command, '--', option, option.description);
  });
}

/** The same as `--keep-…`, beside those of addKeepOptions. */
export function addKeepSelectionOptions(command: Command): void {
  addGroup(command, KEEP_GROUP, () => {
    for (const option of OPTIONS) {
      if (!RULE_TYPES.includes(option.name)) addOption(command, '--keep-', option, `keep only ${option.description}`);
    }
  });
}

/** What the flags select. */
export function chosenSelection(flags: object): SelectionTexts {
  return textsOf(flags, (name) => name);
}

/** What the `--keep-…` flags select, without those of addKeepOptions. */
export function keptSelection(flags: object): SelectionTexts {
  return textsOf(flags, (name) =>
    RULE_TYPES.includes(name) ? '' : `keep${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  );
}

function textsOf(flags: object, keyOf: (name: string) => string): SelectionTexts {
  const values = flags as Readonly<Record<string, unknown>>;
  const chosen = OPTIONS.map(({ name }) => [name, values[keyOf(name)]] as const);
  return Object.fromEntries(chosen.filter(([, value]) => value !== undefined));
}

function addOption(command: Command, prefix: string, option: SelectionOption, description: string): void {
  const { name, placeholder, isSingle } = option;
  const flag = `${prefix}${name}`;
  if (isSingle) command.option(`${flag} <${placeholder}>`, description, once(flag));
  else command.option(`${flag} <${placeholder}>`, `${description} (repeatable)`, collectList);
}

/** Parser of an option that may be given once: of two times or expressions one would have no effect. */
function once(flag: string): (value: string, previous: string | undefined) => string {
  return (value, previous) => {
    if (previous === undefined) return value;
    const hint = flag.endsWith('where') ? ": join the expressions with 'and' or 'or'" : '';
    throw new DpiError('usage', `${flag} can be given once only${hint}`);
  };
}
