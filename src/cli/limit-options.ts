import { type Command, Option } from 'commander';
import { DEFAULT_LIMITS, type Limits } from '../core/engine/options.js';
import { wholeNumber } from './options.js';

const MEBIBYTE = 1 << 20;
/** Ids and rows are 32-bit numbers, and what nobody has the memory for is a typing mistake. */
const MOST = 1 << 24;
const MOST_MEBIBYTES = 1 << 16;

interface LimitOption {
  readonly flag: string;
  readonly limit: keyof Limits;
  readonly what: string;
  /** Given in MiB. */
  readonly isSize?: true;
}

const OPTIONS: readonly LimitOption[] = [
  { flag: '--max-connections', limit: 'maxConnections', what: 'connections in progress' },
  { flag: '--max-reassembly', limit: 'maxReassemblyLen', what: 'TCP payload that waits for more', isSize: true },
  { flag: '--max-streams', limit: 'maxStreams', what: 'TCP connections that wait for more' },
  { flag: '--max-fragments', limit: 'maxFragmentLen', what: 'IP fragments that wait for others', isSize: true },
  { flag: '--max-handshakes', limit: 'maxDatagramStates', what: 'QUIC and DTLS handshakes in progress' },
  { flag: '--max-answers', limit: 'dnsAnswers', what: 'DNS answers remembered' },
  { flag: '--max-names', limit: 'maxNames', what: 'host names remembered' },
  { flag: '--max-domains', limit: 'maxDomainRows', what: 'host names listed' },
];

/** Options that bound the memory: `--max-connections` and so on. */
export function addLimitOptions(command: Command): void {
  for (const { flag, limit, what, isSize } of OPTIONS) {
    const standard = isSize ? `${DEFAULT_LIMITS[limit] / MEBIBYTE} MiB` : String(DEFAULT_LIMITS[limit]);
    const option = new Option(`${flag} <${isSize ? 'mib' : 'n'}>`, `${what} (default ${standard})`);
    option.argParser(wholeNumber(flag, isSize ? MOST_MEBIBYTES : MOST));
    command.addOption(option.helpGroup('Limits (the report says when one was reached):'));
  }
}

/** The limits that the flags set. */
export function chosenLimits(flags: Readonly<Record<string, unknown>>): Partial<Limits> {
  const chosen: Partial<Record<keyof Limits, number>> = {};
  for (const { flag, limit, isSize } of OPTIONS) {
    const value = flags[flagKey(flag)];
    if (typeof value === 'number') chosen[limit] = isSize ? value * MEBIBYTE : value;
  }
  return chosen;
}

/** "--max-names" to "maxNames", as commander does. */
function flagKey(flag: string): string {
  return flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
