import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { configureAdd } from '../rules/add.js';
import { configureCheck } from '../rules/check.js';
import { configureClear } from '../rules/clear.js';
import { configureExport } from '../rules/export.js';
import { configureImport } from '../rules/import.js';
import { configureList } from '../rules/list.js';
import { configureRemove } from '../rules/remove.js';
import { configureTest } from '../rules/test.js';
import { usageError } from '../usage-error.js';

const SUBCOMMANDS: readonly [
  name: string,
  summary: string,
  configure: (command: Command, context: CliContext) => void,
][] = [
  ['add', 'add rules that block or allow', configureAdd],
  ['remove', 'remove rules', configureRemove],
  ['list', 'list the rules', configureList],
  ['check', 'say what the rules do to a host, address, port or app', configureCheck],
  ['test', 'say what of a capture the rules would have stopped, and what escapes them', configureTest],
  ['import', 'add the rules of a hosts file, a domain list, an AdGuard list or JSON', configureImport],
  ['export', 'write the rules as JSON, hosts, AdGuard, nftables or Suricata', configureExport],
  ['clear', 'remove all rules', configureClear],
];

const TEXT = `
Rules are kept in a file in the user's configuration folder, in the file that
--rules-file or DPI_RULES_FILE names, or in the Redis that --redis or
DPI_REDIS_URL names. 'dpi rules <command> --help' explains a command.`;

export function configure(command: Command, context: CliContext): void {
  for (const [name, summary, configureOne] of SUBCOMMANDS) {
    const one = command.command(name).description(summary);
    one.exitOverride((error) => {
      throw error.exitCode === 0 ? error : usageError(error, one);
    });
    configureOne(one, context);
  }
  command.addHelpText('after', TEXT);
}
