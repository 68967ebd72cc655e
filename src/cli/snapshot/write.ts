import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { parseIpPrefix } from '../../core/common/ip-prefix.js';
import { LEFT_OUT_KINDS, type LeftOutKind } from '../../core/snapshot/model.js';
import { formatSnapshot } from '../../core/snapshot/snapshot-text.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { readContacts } from '../../usecases/snapshot/read-contacts.js';
import type { CliContext } from '../context.js';
import { EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { FileOutput } from '../file-output.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions, collect, collectList } from '../options.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { StreamOutput } from '../stream-output.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface WriteFlags extends ReadingFlags {
  output?: string;
  role?: string[];
  widen?: string[];
  include?: LeftOutKind[];
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
The file has no times, no ports of clients and no addresses of hosts with a name, so that two runs of the same program give
the same bytes. It is JSON in which comments are allowed, with an entry a line. Widen entries by hand: "*.example.com" for
all subdomains, "10.0.0.0/8" for a network, "tcp/8000-8099" for a range of ports; leave out a key to accept any value; add
"optional": true to what may be absent.

Connections that stay on the link (multicast, neighbour discovery), housekeeping (DHCP, ICMP errors) and connections that
began before the capture are left out unless --include names their kind.`,
  examples: [
    ['dpi snapshot write run.pcap -o network.snap.json'],
    ["dpi snapshot write run.pcap --widen '*.googlevideo.com' --widen 10.0.0.0/8", 'accept more than one run shows'],
    ['dpi snapshot write run.pcap --role web=172.18.0.2 --role db=172.18.0.3', 'tell clients apart'],
  ],
  exitCodes: '0 done, 2 wrong usage or unreadable input, 3 part of the input was damaged, 130 interrupted.',
};

export function configureWrite(command: Command, context: CliContext): void {
  command.argument('<capture...>', 'capture files, "-" for standard input');
  command.option(
    '--widen <pattern>',
    'write a suffix (*.example.com) or prefix in place of what it matches (repeatable)',
    collectList,
  );
  command.option('--role <name=address>', 'name clients by address or prefix (repeatable)', collect);
  command.addOption(includeOption());
  addAppsOption(command);
  addReadingOptions(command);
  addGroup(command, OUTPUT_GROUP, () => {
    command.option('-o, --output <file>', 'write to a file, which appears when it is complete');
  });
  addStreamOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (inputs: string[], flags: WriteFlags) => {
    process.exitCode = await write(inputs, flags, context);
  });
}

async function write(inputs: string[], flags: WriteFlags, context: CliContext): Promise<number> {
  const frame = {
    roles: chosenRoles(flags.role ?? []),
    include: flags.include ?? [],
    widen: chosenWidening(flags.widen),
  };
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!, inputs) : new StreamOutput(context.stdout);
  try {
    const { contacts, summary, isDamaged } = await readContacts(inputs, frame, {
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      limits: chosenLimits({ ...flags }),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) {
      const name = toFile ? flags.output! : 'the snapshot';
      if (!flags.quiet) await printWarnings([`interrupted: ${name} was not written`], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    output.write(formatSnapshot(contacts, frame));
    await output.commit();
    if (!flags.quiet) {
      await printWarnings(summary.warnings, context, flags.color);
      const count = pluralText(contacts.contacts.length, 'contact');
      if (toFile) context.stderr.write(`dpi: ${count} written to ${safeText(flags.output!)}\n`);
    }
    return exitCodeOf({ isDamaged });
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}

function includeOption(): Option {
  const isKind = (text: string): text is LeftOutKind => (LEFT_OUT_KINDS as readonly string[]).includes(text);
  return new Option(
    '--include <kind>',
    `count what is left out by default: ${LEFT_OUT_KINDS.join(', ')} (repeatable)`,
  ).argParser((text: string, previous: LeftOutKind[] = []) => {
    if (!isKind(text)) {
      throw new DpiError('usage', `--include takes ${LEFT_OUT_KINDS.join(', ')}, not '${text}'`);
    }
    return [...previous, text];
  });
}

function chosenRoles(texts: readonly string[]): Map<string, string[]> {
  const roles = new Map<string, string[]>();
  for (const text of texts) {
    const [, role, address] = /^([A-Za-z0-9][\w.-]*)=(.+)$/.exec(text) ?? [];
    if (role === undefined || parseIpPrefix(address!) === null) {
      throw new DpiError('usage', `--role takes a name and an address or prefix such as web=172.18.0.2, not '${text}'`);
    }
    roles.set(role, [...(roles.get(role) ?? []), address!]);
  }
  return roles;
}

function chosenWidening(texts: readonly string[] = []): string[] {
  return texts.map((text) => {
    const pattern = text.trim().toLowerCase();
    const isSuffix = /^\*\.[^*\s/]+$/.test(pattern);
    if (!isSuffix && parseIpPrefix(pattern) === null) {
      throw new DpiError(
        'usage',
        `--widen takes a suffix such as *.example.com or a prefix such as 10.0.0.0/8, not '${text}'`,
      );
    }
    return pattern;
  });
}
