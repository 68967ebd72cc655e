import { type Command, Option } from 'commander';
import type { ContactEntry } from '../../core/snapshot/model.js';
import { pluralText } from '../../render/quantities.js';
import { readSnapshot } from '../../usecases/snapshot/test-snapshot.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { FileOutput } from '../file-output.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';
import { DPI_RULES_EXPORT } from './exports/dpi-rules.js';
import { HARDEN_RUNNER_EXPORT } from './exports/harden-runner.js';
import { CILIUM_EXPORT, KUBERNETES_EXPORT } from './exports/network-policies.js';
import { NFTABLES_EXPORT } from './exports/nftables.js';
import type { SnapshotExport } from './exports/snapshot-export.js';

const FORMATS: readonly SnapshotExport[] = [
  HARDEN_RUNNER_EXPORT,
  CILIUM_EXPORT,
  KUBERNETES_EXPORT,
  NFTABLES_EXPORT,
  DPI_RULES_EXPORT,
];

interface ExportFlags {
  format: string;
  output?: string;
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Writes an allow list that lets the contacts of a snapshot through and nothing else. Entries that the format cannot express
are reported on stderr.

Formats:
${FORMATS.map(({ name, description }) => `  ${name.padEnd(14)} ${description}`).join('\n')}`,
  examples: [
    ['dpi snapshot export --format harden-runner network.snap.json'],
    ['dpi snapshot export --format cilium network.snap.json | kubectl apply -f -'],
    ['dpi snapshot export --format dpi-rules -o rules.json network.snap.json'],
  ],
};

export function configureExport(command: Command, context: CliContext): void {
  command.argument('<snapshot>', 'the snapshot');
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .addOption(
        new Option('--format <format>', 'format of the output')
          .choices(FORMATS.map(({ name }) => name))
          .makeOptionMandatory(),
      )
      .option('-o, --output <file>', 'write to a file, which appears when it is complete');
  });
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (path: string, flags: ExportFlags) => {
    process.exitCode = await exportSnapshot(path, flags, context);
  });
}

async function exportSnapshot(path: string, flags: ExportFlags, context: CliContext): Promise<number> {
  const { snapshot } = (await readSnapshot(path)).parsed;
  const format = FORMATS.find(({ name }) => name === flags.format)!;
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!, [path]) : new StreamOutput(context.stdout);
  const leftOut = new Map<string, ContactEntry[]>();
  try {
    for (const line of format.write(snapshot, (entry, reason) => {
      const entries = leftOut.get(reason);
      if (entries === undefined) leftOut.set(reason, [entry]);
      else entries.push(entry);
    })) {
      output.write(`${line}\n`);
    }
    await output.commit();
  } finally {
    output.discard();
  }
  const warnings = [...leftOut].map(
    ([reason, entries]) => `${pluralText(entries.length, 'entry', 'entries')} (such as ${entries[0]!.to}) ${reason}`,
  );
  if (!flags.quiet) await printWarnings(warnings, context, flags.color);
  return EXIT_DONE;
}
