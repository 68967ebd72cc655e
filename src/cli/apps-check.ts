import type { Command } from 'commander';
import { type AppShadows, appShadows } from '../core/classify/app-shadows.js';
import { AppTable } from '../core/classify/app-table.js';
import { pluralText } from '../render/quantities.js';
import { jsonText, safeText } from '../render/safe-text.js';
import { loadApps, readAppFiles } from '../usecases/shared/load-apps.js';
import type { CliContext } from './context.js';
import { EXIT_DONE } from './exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from './help.js';
import { addPagerOption, addStreamOptions } from './options.js';
import type { ColourOption } from './terminal.js';
import { openTextOutput } from './text-output.js';
import { printWarnings } from './warnings.js';

/** Version of the JSON that this command prints. */
const SCHEMA_VERSION = 1;

interface CheckFlags {
  json?: boolean;
  pager: boolean;
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Reads app files as --apps does, and says what they change: domains and addresses that belonged to another app, or lie
inside those of one, and names that an app has already. A mistake in a file is reported with its place.`,
  examples: [['dpi apps check ours.json', 'what the file changes'], ['dpi apps check --json ours.json | jq .shadows']],
  exitCodes: '0 the files are valid, 2 one of them is not.',
};

/** `dpi apps check`. */
export function configureAppsCheck(command: Command, context: CliContext): void {
  command.argument('<file...>', 'app files');
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print JSON'));
  addPagerOption(command);
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (files: string[], flags: CheckFlags) => {
    const warnings: string[] = [];
    const own = await readAppFiles(files, (warning) => warnings.push(warning));
    // Refuses also what only the whole table shows.
    await loadApps(files);
    const table = new AppTable(own);
    const shadows = appShadows(own, await loadApps([]));
    const output = await openTextOutput(context, flags.pager && !flags.json);
    if (flags.json)
      output.write(`${jsonText({ schema_version: SCHEMA_VERSION, ...checkJson(table, shadows), warnings })}\n`);
    else output.write(`${checkLines(table, shadows).join('\n')}\n`);
    await output.commit();
    if (!flags.quiet) await printWarnings(warnings, context, flags.color);
    process.exitCode = EXIT_DONE;
  });
}

function checkJson(table: AppTable, { entries, names }: AppShadows): Record<string, unknown> {
  return {
    apps: appCounts(table),
    shadows: entries.map(({ app, entry, shadowedApp, shadowedEntry, isSame }) => {
      return { app, entry, shadowed_app: shadowedApp, shadowed_entry: shadowedEntry, same_entry: isSame };
    }),
    names: names.map(({ app, name, known }) => ({ app, name, known_app: known })),
  };
}

function checkLines(table: AppTable, { entries, names }: AppShadows): string[] {
  const lines = appCounts(table).map(({ name, names: domains, ranges }) => {
    return ` ${safeText(name)}: ${pluralText(domains, 'name')}, ${pluralText(ranges, 'range')}`;
  });
  for (const { app, name, known } of names) {
    if (known === app) lines.push(` ${safeText(app)} adds to the built-in app`);
    else lines.push(` ${safeText(name)}, a name of ${safeText(app)}, was a name of ${safeText(known)}`);
  }
  for (const { app, entry, shadowedApp, shadowedEntry, isSame } of entries) {
    const where = isSame ? `belonged to ${shadowedApp}` : `lies in ${safeText(shadowedEntry)} of ${shadowedApp}`;
    lines.push(` ${safeText(entry)} of ${safeText(app)} ${where}`);
  }
  const count = entries.length + names.length;
  return [...lines, count === 0 ? ' nothing of the built-in list changes' : ` ${pluralText(count, 'change')}`];
}

function appCounts(table: AppTable): { name: string; names: number; ranges: number }[] {
  const counts = Array.from({ length: table.size - 1 }, (_, i) => ({ name: table.nameOf(i + 1), names: 0, ranges: 0 }));
  for (let entry = 0; entry < table.entryCount; entry++) {
    const count = counts[table.appOf(entry) - 1]!;
    if (table.isRange(entry)) count.ranges++;
    else count.names++;
  }
  return counts;
}
