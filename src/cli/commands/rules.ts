import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addGuide, type Guide } from '../help.js';
import { configureAdd } from '../rules/add.js';
import { configureCheck } from '../rules/check.js';
import { configureClear } from '../rules/clear.js';
import { configureExport } from '../rules/export.js';
import { configureImport } from '../rules/import.js';
import { configureList } from '../rules/list.js';
import { configureRemove } from '../rules/remove.js';
import { configureTest } from '../rules/test.js';
import { addSubcommands, type Subcommand } from '../subcommands.js';

const SUBCOMMANDS: readonly Subcommand[] = [
  ['add', 'Add block or allow rules', configureAdd],
  ['remove', 'Remove rules', configureRemove],
  ['list', 'List the rules', configureList],
  ['check', 'Show what the rules do to a host, address, port, app, category or protocol', configureCheck],
  ['test', 'Show what the rules block in a capture, and what escapes them', configureTest],
  ['import', 'Add the rules of a block list or a JSON export', configureImport],
  ['export', 'Write the rules as JSON or in the format of another program', configureExport],
  ['clear', 'Remove all rules', configureClear],
];

const GUIDE: Guide = {
  about: `
Rules are stored in a file in the user's configuration folder, in the file that --rules-file or DPI_RULES_FILE names, or
in the Redis database that --redis or DPI_REDIS_URL names.`,
  examples: [
    ['dpi rules add youtube.com TIKTOK', 'block a site and an app'],
    ['dpi rules add --allow 10.0.0.0/8', 'never block a network'],
    ['dpi rules list', 'show the stored rules'],
    ['dpi rules check www.youtube.com', 'show which rule decides'],
    ['dpi rules test capture.pcap', 'try the rules on a capture'],
    ['dpi rules add --help', 'show the help of a command'],
  ],
};

export function configure(command: Command, context: CliContext): void {
  addSubcommands(command, context, SUBCOMMANDS);
  addGuide(command, GUIDE);
}
