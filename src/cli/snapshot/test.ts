import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { asciiText } from '../../render/ascii.js';
import { loadPaint } from '../../render/paint.js';
import { membersJson } from '../../render/policy-json.js';
import { safeText } from '../../render/safe-text.js';
import { countsText, snapshotLines } from '../../render/snapshot-report.js';
import { type TestSnapshotResult, testSnapshot } from '../../usecases/snapshot/test-snapshot.js';
import { addCiOption, type CiFlags, writeCi } from '../ci-output.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { FileOutput } from '../file-output.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions } from '../options.js';
import type { Output } from '../output.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { StreamOutput } from '../stream-output.js';
import { type ColourOption, hasUnicode, terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface TestFlags extends ReadingFlags, CiFlags {
  update?: boolean;
  allowGone?: boolean;
  json?: boolean;
  output?: string;
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Compares the contacts of captures with a snapshot, the last argument. A finding is a contact that is new, that changed
(another protocol, another app, an older version of TLS than before) or that is gone. Gone counts too, unless the entry has
"optional": true or --allow-gone is given: a capture that misses a contact may be of a run that did not run.

Each finding names the packets that prove it.`,
  examples: [
    ['dpi snapshot test run.pcap network.snap.json', 'exit code 1 if anything differs'],
    ['dpi snapshot test -u run.pcap network.snap.json', 'accept what differs; comments and wide entries stay'],
    ["dpi snapshot test --json run.pcap network.snap.json |\n  jq '.findings[].to'"],
  ],
  exitCodes:
    '0 nothing differs or the snapshot was updated, 1 there are findings, 2 wrong usage or unreadable input, ' +
    '3 part of the input was damaged, 130 interrupted.',
};

export function configureTest(command: Command, context: CliContext): void {
  command.argument('<file...>', 'capture files ("-" for standard input) and, last, the snapshot');
  command.usage('[options] <capture...> <snapshot>');
  command.option('-u, --update', 'change the snapshot so that it accepts what differs');
  command.option('--allow-gone', 'contacts that are absent are no findings, and an update keeps them');
  addAppsOption(command);
  addReadingOptions(command);
  addGroup(command, OUTPUT_GROUP, () => {
    command.option('--json', 'print JSON');
  });
  addCiOption(command, ['json']);
  addGroup(command, OUTPUT_GROUP, () => {
    command.option('-o, --output <file>', 'write to a file, which appears when it is complete');
  });
  addStreamOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (files: string[], flags: TestFlags) => {
    process.exitCode = await test(files, flags, context);
  });
}

/** The captures and, last, the snapshot. Throws DpiError where one is missing. */
function splitFiles(files: readonly string[]): { inputs: string[]; path: string } {
  const path = files.at(-1);
  if (path === undefined || files.length < 2) {
    throw new DpiError('usage', `a capture and a snapshot are needed: dpi snapshot test <capture...> <snapshot>`);
  }
  if (path === '-') throw new DpiError('usage', 'the last argument is the snapshot, which is a file');
  return { inputs: files.slice(0, -1), path };
}

async function test(files: string[], flags: TestFlags, context: CliContext): Promise<number> {
  const { inputs, path } = splitFiles(files);
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!, files) : new StreamOutput(context.stdout);
  try {
    const result = await testSnapshot(inputs, path, {
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      limits: chosenLimits({ ...flags }),
      allowGone: flags.allowGone,
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!flags.quiet) await printWarnings(['interrupted: the snapshot was not tested'], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    await print(result, flags, output, context);
    await output.commit();
    if (!flags.quiet) await printWarnings(result.test.warnings, context, flags.color);
    return await ending(result, path, flags, context);
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}

async function print(result: TestSnapshotResult, flags: TestFlags, output: Output, context: CliContext): Promise<void> {
  const { stdout, stderr, env } = context;
  if (flags.json) output.write(membersJson(result.test));
  else if (flags.format !== undefined) {
    const { snapshotChecks } = await import('../../render/ci/snapshot-checks.js');
    await writeCi(snapshotChecks(result.test, result.snapshot), flags.format, output, context);
  } else {
    const toFile = flags.output !== undefined && flags.output !== '-';
    const lines = snapshotLines(result.test, {
      width: toFile ? terminalWidth({}, {}, env) : terminalWidth(stdout, stderr, env),
      paint: await loadPaint(!toFile && wantsColour(stdout, env, flags.color)),
      top: Number.POSITIVE_INFINITY,
    });
    const text = `${lines.join('\n')}\n`;
    output.write(hasUnicode(env) ? text : asciiText(text));
  }
}

/** Says how it ended, updates the snapshot where that is asked for, and returns the exit code. */
async function ending(
  { test, isDamaged, updated }: TestSnapshotResult,
  path: string,
  flags: TestFlags,
  { stderr }: CliContext,
): Promise<number> {
  const { findings } = test;
  const counts = findings.length === 0 ? 'nothing differs' : countsText(findings);
  if (!flags.update) {
    if (findings.length > 0) stderr.write(`dpi: ${safeText(path)}: ${counts}\n`);
    return exitCodeOf({ isDamaged, findings });
  }
  if (isDamaged) {
    throw new DpiError('snapshot-not-updated', `${path} was not updated, since part of the input was damaged`);
  }
  if (findings.length > 0) {
    const file = new FileOutput(path);
    try {
      file.write(updated());
      await file.commit();
    } finally {
      file.discard();
    }
  }
  if (!flags.quiet)
    stderr.write(`dpi: ${safeText(path)} ${findings.length > 0 ? `updated: ${counts}` : 'is up to date'}\n`);
  return EXIT_DONE;
}
