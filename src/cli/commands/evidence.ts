import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { pluralText } from '../../render/quantities.js';
import { indentedJson, safeText } from '../../render/safe-text.js';
import { isStdout } from '../compose-files.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addAppsOption, addStreamOptions, wholeNumber } from '../options.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { StreamOutput } from '../stream-output.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface EvidenceFlags extends ReadingFlags {
  output: string;
  json?: boolean;
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Writes the fewest packets that prove the label of one connection: its handshake, and the DNS answer that names it where
nothing else does. The output is a pcapng file. Its comment says what the packets prove, which packets of which capture they
are, and their SHA-256. 'dpi verify' derives the label from them again. 'dpi analyze --json' shows the ids of connections.`,
  examples: [['dpi evidence 12 capture.pcap -o proof.pcap'], ['dpi verify proof.pcap --source capture.pcap']],
  exitCodes: '0 done, 2 wrong usage, unreadable input, or a label that the packets do not prove, 130 interrupted.',
};

export function configure(command: Command, context: CliContext): void {
  command
    .argument('<id>', 'id of the connection', wholeNumber('<id>'))
    .argument('<capture>', 'capture file')
    .requiredOption('-o, --output <file>', 'file to write, "-" for standard output');
  addAppsOption(command);
  addReadingOptions(command);
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print the statement as JSON'));
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (id: number, capture: string, flags: EvidenceFlags) => {
    process.exitCode = await evidence(id, capture, flags, context);
  });
}

async function evidence(id: number, capture: string, flags: EvidenceFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context;
  const { output } = flags;
  const toStdout = isStdout(output);
  if (toStdout && stdout.isTTY) {
    throw new DpiError('output-is-terminal', 'standard output is a terminal: pipe it into a program, or name a file');
  }
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  try {
    const { writeEvidence } = await import('../../usecases/evidence/evidence.js');
    const { statement, connectionPackets, bytes } = await writeEvidence(id, capture, output, {
      appsFiles: flags.apps,
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      stdout,
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!flags.quiet) await printWarnings([`interrupted: ${output} was not written`], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    const text = new StreamOutput(toStdout ? stderr : stdout);
    const { claim, source } = statement;
    if (flags.json) text.write(`${indentedJson(statement, 2)}\n`);
    else if (!(toStdout && flags.quiet)) {
      const name = claim.domain === null ? '' : ` (${safeText(claim.domain)})`;
      const ends = `${claim.src_ip}:${claim.src_port} → ${claim.dst_ip}:${claim.dst_port}`;
      text.write(` Connection ${id}: ${claim.protocol} ${ends}, ${safeText(claim.label)}${name}\n`);
      const kept = `${pluralText(source.packets.length, 'packet')} of ${connectionPackets}`;
      text.write(` Proved by ${kept} in ${bytes} bytes: ${shortList(source.packets)}\n`);
    }
    await text.commit();
    return EXIT_DONE;
  } finally {
    progress.clear();
    interrupt.release();
  }
}

function shortList(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 12).join(', ');
  return numbers.length > 12 ? `${shown}, …` : shown;
}
