import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { fileError } from '../../core/common/file-error.js';
import { loadPaint } from '../../render/paint.js';
import { indentedJson, safeText } from '../../render/safe-text.js';
import type { SanitizeReport } from '../../usecases/sanitize/sanitize-types.js';
import { isStdout } from '../compose-files.js';
import { confirmed } from '../confirm.js';
import type { CliContext } from '../context.js';
import { EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addAppsOption, addStreamOptions, collectList } from '../options.js';
import { progressOn } from '../progress.js';
import { StreamOutput } from '../stream-output.js';
import { type ColourOption, terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

const KEY_VARIABLE = 'DPI_SANITIZE_KEY';
/** Shorter secrets can be guessed. */
const MIN_KEY_LEN = 16;

interface SanitizeFlags {
  keyFile?: string;
  keepNames?: string[];
  keepApps?: boolean;
  keepVendors?: boolean;
  keepTime?: boolean;
  fillZeros?: boolean;
  force?: boolean;
  json?: boolean;
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Writes a copy that you can share: addresses, MAC addresses and names are replaced, times are shifted, and payload is cut
behind the bytes that labels need. Whatever is not known to be a header field or part of a handshake is left out. Then the
copy is analyzed and searched: labels and facts must agree with those of the capture, and no old address or name may be left.
A copy that fails the search is not written.

Replacements derive from a key. With the same key, the same address or name becomes the same in every file. The key is
random unless --key-file or the variable ${KEY_VARIABLE} gives one. Keep it as secret as the capture.`,
  examples: [
    ['dpi sanitize in.pcap shared.pcap'],
    ['dpi sanitize in.pcapng shared.pcapng.gz --key-file key --keep-names example.com'],
    ['dpi sanitize in.pcap shared.pcap --keep-apps', 'names of known apps stay readable, and so do their labels'],
    ['dpi sanitize in.pcap shared.pcap --json | jq .proof'],
  ],
  exitCodes:
    '0 the proof holds, 1 a label or fact differs, or an old address or name was found, 2 wrong usage, unreadable input ' +
    "or output that can't be written, 3 part of the input was damaged (the part before it is copied), 130 interrupted.",
};

export function configure(command: Command, context: CliContext): void {
  command
    .argument('<in>', 'capture file, "-" for standard input')
    .argument('<out>', 'file to write, "-" for standard output')
    .option('--key-file <file>', `file with the key, ${MIN_KEY_LEN} bytes or more (also: ${KEY_VARIABLE})`)
    .option('--keep-names <list>', 'names to keep, with the names below them (repeatable)', collectList)
    .option('--keep-apps', 'keep the names of known apps')
    .option('--keep-vendors', 'keep the vendor part of MAC addresses')
    .option('--keep-time', 'keep the times of packets and certificates')
    .option('--fill-zeros', 'keep the length of packets, with zeros for what is left out')
    .option('-f, --force', 'replace an existing file without asking on a terminal');
  addAppsOption(command);
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print the report as JSON'));
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (input: string, output: string, flags: SanitizeFlags) => {
    process.exitCode = await sanitize(input, output, flags, context);
  });
}

async function sanitize(input: string, output: string, flags: SanitizeFlags, context: CliContext): Promise<number> {
  const { stdout } = context;
  const toStdout = isStdout(output);
  if (toStdout && stdout.isTTY) {
    throw new DpiError('output-is-terminal', 'standard output is a terminal: pipe it into a program, or name a file');
  }
  const secret = keyOf(flags, context);
  if (!toStdout && !flags.force) await askToReplace(output, context);
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  try {
    const { sanitizeCapture } = await import('../../usecases/sanitize/sanitize.js');
    const { report, isDamaged } = await sanitizeCapture(input, output, {
      secret,
      keepNames: flags.keepNames,
      keepApps: flags.keepApps,
      keepVendors: flags.keepVendors,
      keepTime: flags.keepTime,
      fillZeros: flags.fillZeros,
      appsFiles: flags.apps,
      stdout,
      onOutputClosed: () => interrupt.stop(),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!flags.quiet) await printWarnings([`interrupted: ${output} was not written`], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    await print(report, toStdout, flags, context);
    if (!flags.quiet) await printWarnings(report.warnings, context, flags.color);
    return exitCodeOf({ isDamaged, findings: report.proof.holds ? [] : [report.proof] });
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** Undefined for a random one. Throws DpiError for a key that is too short, or a file that can't be read. */
function keyOf({ keyFile }: SanitizeFlags, { env }: CliContext): Buffer | undefined {
  let key: Buffer | undefined;
  let source = KEY_VARIABLE;
  if (keyFile !== undefined) {
    source = keyFile;
    try {
      key = readFileSync(keyFile);
    } catch (error) {
      throw fileError('unreadable-key', `read the key file ${keyFile}`, error);
    }
    // Editors end a file with a newline.
    if (key.at(-1) === 0x0a) key = key.subarray(0, -1);
  } else if (env[KEY_VARIABLE]) key = Buffer.from(env[KEY_VARIABLE], 'utf8');
  if (key !== undefined && key.length < MIN_KEY_LEN) {
    throw new DpiError('usage', `the key in ${source} has ${key.length} bytes; it needs ${MIN_KEY_LEN} at least`);
  }
  return key;
}

/** Throws DpiError when the user, asked on a terminal, wants to keep the file. */
async function askToReplace(path: string, context: CliContext): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  if ((await confirmed(`Replace ${safeText(path)}?`, context)) !== false) return;
  throw new DpiError('not-confirmed', `${path} was not replaced; --force replaces it without asking`);
}

/** Prints the report on stdout, or on stderr when the capture goes to stdout. */
async function print(
  report: SanitizeReport,
  toStdout: boolean,
  flags: SanitizeFlags,
  { stdout, stderr, env }: CliContext,
): Promise<void> {
  if (toStdout && flags.quiet && !flags.json) return;
  const stream = toStdout ? stderr : stdout;
  const output = new StreamOutput(stream);
  if (flags.json) output.write(`${indentedJson(report, 2)}\n`);
  else {
    const { sanitizeLines } = await import('../../render/sanitize-report.js');
    const width = terminalWidth(stream, stderr, env);
    const paint = await loadPaint(wantsColour(stream, env, flags.color));
    output.write(`${sanitizeLines(report, { width, paint, top: 10 }).join('\n')}\n`);
  }
  await output.commit();
}
