import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addGuide, type Guide } from '../help.js';
import { addStreamOptions } from '../options.js';
import { configureExport } from '../snapshot/export.js';
import { configureTest } from '../snapshot/test.js';
import { configureWrite } from '../snapshot/write.js';
import { reportUsage } from '../usage-error.js';

const SUBCOMMANDS: readonly [
  name: string,
  description: string,
  configure: (command: Command, context: CliContext) => void,
][] = [
  ['write', 'Write what a capture talks to into a snapshot', configureWrite],
  ['test', 'Fail if a capture talks to anything new', configureTest],
  ['export', 'Write a snapshot as the allow list of another program', configureExport],
];

const GUIDE: Guide = {
  about: `
A snapshot is a file that lists the hosts that a program talks to, with ports, protocols and TLS versions. Keep it beside
the program's source and review its changes like code.`,
  examples: [
    ['dpi snapshot write run.pcap -o network.snap.json', 'write a snapshot'],
    ['dpi snapshot test run.pcap network.snap.json', 'exit code 1 if a contact is new, changed or gone'],
    ['dpi snapshot test -u run.pcap network.snap.json', 'accept what differs'],
    ['dpi snapshot export --format cilium network.snap.json', 'enforce it'],
  ],
};

export function configure(command: Command, context: CliContext): void {
  command.helpCommand(false);
  addStreamOptions(command);
  for (const [name, description, configureOne] of SUBCOMMANDS) {
    const one = command.command(name).description(description);
    reportUsage(one);
    configureOne(one, context);
  }
  addGuide(command, GUIDE);
}
