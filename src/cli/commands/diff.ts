import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { JOIN_KINDS } from '../../core/diff/join-model.js';
import { DIFF_CHANGES, DIFF_SECTIONS, type Difference, type ReportDiff } from '../../core/diff/model.js';
import { diffLines } from '../../render/diff-report.js';
import { membersJson } from '../../render/policy-json.js';
import { pluralText } from '../../render/quantities.js';
import { diffReports } from '../../usecases/diff/diff-reports.js';
import type { AnalyzeProgress } from '../../usecases/shared/progress.js';
import { addCiOption } from '../ci-output.js';
import type { CliContext } from '../context.js';
import { type Comparison, type ComparisonFlags, chosenForm, printComparison } from '../diff/output.js';
import { EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { FileOutput } from '../file-output.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions, collect, wholeNumber } from '../options.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { StreamOutput } from '../stream-output.js';
import { printWarnings } from '../warnings.js';

/** Rows in each list. */
const DEFAULT_TOP = 20;
const DEFAULT_THRESHOLD = 50;
const MOST_PERCENT = 100;

interface DiffFlags extends RuleFlags, ReadingFlags, ComparisonFlags {
  join?: boolean;
  threshold: number;
  failOn?: string[];
  apps?: string[];
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Each side is a capture, or a report that 'dpi analyze --json' wrote. Labels, names, hosts and pairs of hosts are new or
gone, or changed where their bytes differ by the threshold and are at least 1% of a side. The round trips and the shares
of failures are compared as well, and what the rules decided.

--join takes two captures of the same period, made at two points of a path. It finds the connections of one in the other, by
sequence numbers, ends, lengths and time, also behind NAT, and reports which are in one only, were rewritten or reset in
between, lost data or were delayed.`,
  examples: [
    ['dpi diff before.pcap after.pcap', 'what differs'],
    ['dpi diff monday.json tuesday.pcap', 'a report and a capture'],
    ['dpi diff --fail-on new:name before.pcap after.pcap', 'exit code 1 if a name is new'],
    ['dpi diff --format markdown before.pcap after.pcap'],
    ['dpi diff -o changes.html before.pcap after.pcap', 'a page for a browser'],
    ['dpi diff --join inside.pcap outside.pcap', 'what the firewall in between did'],
  ],
  exitCodes:
    '0 done, 1 a --fail-on condition was found, 2 wrong usage or unreadable input, 3 part of the input was damaged, ' +
    '130 interrupted.',
};

export function configure(command: Command, context: CliContext): void {
  command.argument('<a>', 'a capture, or a JSON report').argument('<b>', 'what to compare it with');
  command.option(
    '--threshold <percent>',
    'part of the larger value by which two differ to count as changed',
    wholeNumber('--threshold', MOST_PERCENT),
    DEFAULT_THRESHOLD,
  );
  command.option(
    '--fail-on <condition>',
    `exit with 1 on 'new', 'gone' or 'changed', or one of them with a list (${DIFF_SECTIONS.join(', ')}): 'new:name'; ` +
      `with --join on ${JOIN_KINDS.join(', ')} (repeatable)`,
    collect,
  );
  command.option('--join', 'follow the connections of one capture to another point of their path');
  addAppsOption(command);
  addReadingOptions(command);
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .addOption(new Option('--json', 'print JSON').conflicts('html'))
      .option('--html', 'write one page for a browser, that needs no server')
      .option('--redact', 'with --html: replace addresses')
      .option('--top <n>', 'rows in each list', wholeNumber('--top'), DEFAULT_TOP)
      .option('--all', 'show all rows of each list')
      .option(
        '-o, --output <file>',
        'write to a file, which appears when it is complete; .json and .html choose the format',
      );
  });
  addCiOption(command, ['json', 'html']);
  addStreamOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (a: string, b: string, flags: DiffFlags) => {
    process.exitCode = await diff(a, b, flags, context);
  });
}

async function diff(a: string, b: string, flags: DiffFlags, context: CliContext): Promise<number> {
  const fails = flags.join ? null : parseConditions(flags.failOn ?? []);
  const form = chosenForm(flags, context);
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!, [a, b]) : new StreamOutput(context.stdout);
  const analysis = {
    rules: chosenRules(flags, context),
    appsFiles: flags.apps ?? [],
    ignoreVlan: flags.ignoreVlan,
    followCname: flags.followCname,
    limits: chosenLimits({ ...flags }),
    onProgress: flags.quiet ? undefined : (state: AnalyzeProgress) => progress.update(state),
    signal: interrupt.signal,
  };
  try {
    if (flags.join) {
      const { join } = await import('../diff/join.js');
      const code = await join([a, b], form, flags, analysis, output, context);
      return interrupt.signalled ? EXIT_INTERRUPTED : code;
    }
    const result = await diffReports(a, b, await context.loadAnalyze(), {
      threshold: flags.threshold / MOST_PERCENT,
      analysis,
    });
    progress.clear();
    if (interrupt.signalled) {
      if (!flags.quiet) await printWarnings(['interrupted: nothing was compared'], context, flags.color);
      return EXIT_INTERRUPTED;
    }
    await printComparison(comparisonOf(result.diff, fails), form, flags, output, context);
    await output.commit();
    const { differences, warnings } = result.diff;
    if (!flags.quiet) await printWarnings(warnings, context, flags.color);
    const findings = fails === null ? [] : differences.filter(fails);
    if (findings.length > 0) context.stderr.write(`dpi: found ${pluralText(findings.length, 'difference')}\n`);
    return exitCodeOf({ isDamaged: result.isDamaged, findings });
  } finally {
    progress.clear();
    output.discard();
    interrupt.release();
  }
}

type Fails = ((difference: Difference) => boolean) | null;

function comparisonOf(diff: ReportDiff, fails: Fails): Comparison {
  return {
    json: () => membersJson(diff),
    lines: (options) => diffLines(diff, options),
    page: async (options, write) => {
      const { writeDiffPage } = await import('../../render/html/comparison-page.js');
      writeDiffPage(diff, options, write);
    },
    checks: async () => {
      const { diffChecks } = await import('../../render/ci/diff-checks.js');
      return diffChecks(diff, fails ?? (() => true));
    },
  };
}

/** "new", "changed:quality". Null without conditions. Throws DpiError. */
function parseConditions(texts: readonly string[]): Fails {
  if (texts.length === 0) return null;
  const wanted = texts.map((text) => {
    const [change, section] = text.trim().toLowerCase().split(':');
    const isKnown = (DIFF_CHANGES as readonly string[]).includes(change!);
    const isSection = section === undefined || (DIFF_SECTIONS as readonly string[]).includes(section);
    if (!isKnown || !isSection) {
      const example = `such as new:${DIFF_SECTIONS[1]}`;
      throw new DpiError('bad-condition', `--fail-on takes ${DIFF_CHANGES.join(', ')}, ${example}, not '${text}'`);
    }
    return { change, section };
  });
  return (row) =>
    wanted.some(({ change, section }) => change === row.change && (section === undefined || section === row.section));
}
