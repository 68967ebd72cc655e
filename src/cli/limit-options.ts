import { type Command, Option } from 'commander';
import { DEFAULT_LIMITS, type Limits } from '../core/engine/options.js';
import { addGroup, LIMITS_GROUP } from './help.js';
import { wholeNumber } from './options.js';

const MEBIBYTE = 1 << 20;
/** Ids and rows are 32-bit numbers, and no machine has the memory for more. */
const MOST = 1 << 24;
const MOST_MEBIBYTES = 1 << 16;

interface LimitOption {
  readonly flag: string;
  readonly limit: keyof Limits;
  readonly description: string;
  /** Given in MiB. */
  readonly isSize?: true;
}

const OPTIONS: readonly LimitOption[] = [
  { flag: '--max-connections', limit: 'maxConnections', description: 'open connections' },
  {
    flag: '--max-reassembly',
    limit: 'maxReassemblyLen',
    description: 'TCP payload buffered for reassembly',
    isSize: true,
  },
  { flag: '--max-streams', limit: 'maxStreams', description: 'TCP connections in reassembly' },
  { flag: '--max-fragments', limit: 'maxFragmentLen', description: 'IP fragments in reassembly', isSize: true },
  { flag: '--max-handshakes', limit: 'maxDatagramStates', description: 'QUIC and DTLS handshakes in progress' },
  { flag: '--max-answers', limit: 'dnsAnswers', description: 'DNS answers remembered' },
  { flag: '--max-names', limit: 'maxNames', description: 'host names remembered' },
  { flag: '--max-domains', limit: 'maxDomainRows', description: 'host names listed' },
  { flag: '--max-hosts', limit: 'maxHosts', description: 'hosts, and pairs of hosts, listed' },
];

/** Options that bound the memory: `--max-connections` and so on. */
export function addLimitOptions(command: Command): void {
  addGroup(command, LIMITS_GROUP, () => {
    for (const { flag, limit, description, isSize } of OPTIONS) {
      const standard = isSize ? `${DEFAULT_LIMITS[limit] / MEBIBYTE} MiB` : String(DEFAULT_LIMITS[limit]);
      const option = new Option(`${flag} <${isSize ? 'mib' : 'n'}>`, `${description} (default: ${standard})`);
      command.addOption(option.argParser(wholeNumber(flag, isSize ? MOST_MEBIBYTES : MOST)));
    }
  });
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
