import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { unreadSentence } from '../../render/hidden-words.js';
import { loadPaint } from '../../render/paint.js';
import { policyJson } from '../../render/policy-json.js';
import { monotonicMs } from '../../system/clock.js';
import { testPolicy } from '../../usecases/rules-test/test-policy.js';
import { addCiOption, type CiFlags, writeCi } from '../ci-output.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { printFindings } from '../findings.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions, collect, wholeNumber } from '../options.js';
import { progressOn } from '../progress.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { StreamOutput } from '../stream-output.js';
import { type ColourOption, terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

/** Rows in each list. */
const DEFAULT_TOP = 20;

interface TestFlags extends RuleFlags, ReadingFlags, CiFlags {
  json?: boolean;
  html?: boolean;
  top: number;
  all?: boolean;
  apps?: string[];
  failOn?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Applies the rules to captures as a filter on the path would, and reports what still came through: for each app (or
domain, address, port) that a rule blocks, how many connections were stopped before the server sent its first byte, how
many were not, how they escaped, and what would have stopped them. A domain rule for the app's own site (youtube.com)
counts for the whole app.

Then it lists what passed without showing its site (encrypted DNS, tunnels, Encrypted ClientHello): blocked apps may be
among it.`,
  examples: [
    ['dpi rules test capture.pcap', 'test the stored rules'],
    ['dpi rules test --block-app TIKTOK capture.pcap', 'would this stop TikTok?'],
    ['dpi rules test --no-stored-rules --block-domain youtube.com capture.pcap'],
    ['dpi rules test --fail-on escaped --json ci.pcap', 'exit code 1 if anything escaped'],
    ['dpi rules test --fail-on escaped:TIKTOK ci.pcap'],
    ['dpi rules test --html capture.pcap > rules.html', 'a page for a browser'],
  ],
  exitCodes:
    '0 done, 1 a --fail-on condition was found, 2 wrong usage or unreadable input, 3 part of the input was damaged, ' +
    '130 interrupted.',
};

export function configureTest(command: Command, context: CliContext): void {
  command.argument('<capture...>', 'capture files, "-" for standard input');
  addAppsOption(command);
  addReadingOptions(command);
  command.option('--fail-on <condition>', "exit with 1 on 'escaped', 'escaped:APP' or 'hidden' (repeatable)", collect);
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .addOption(new Option('--json', 'print JSON').conflicts('html'))
      .option('--html', 'print one page for a browser, that needs no server')
      .option('--top <n>', 'rows in each list', wholeNumber('--top'), DEFAULT_TOP)
      .option('--all', 'show all rows of each list');
  });
  addCiOption(command, ['json']);
  addStreamOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (inputs: string[], flags: TestFlags) => {
    process.exitCode = await test(inputs, flags, context);
  });
}

async function test(inputs: string[], flags: TestFlags, context: CliContext): Promise<number> {
  if (flags.format !== undefined && flags.failOn === undefined) {
    throw new DpiError('usage', '--format prints what --fail-on finds; give --fail-on escaped');
  }
  const { stdout, stderr, env } = context;
  if (flags.html && stdout.isTTY) {
    throw new DpiError('usage', '--html writes a page for a browser: send it to a file with > rules.html');
  }
  const started = monotonicMs();
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  try {
    const { summary, isDamaged } = await testPolicy(inputs, {
      rules: chosenRules(flags, context),
      appsFiles: flags.apps ?? [],
      ignoreVlan: flags.ignoreVlan,
      followCname: flags.followCname,
      failOn: flags.failOn ?? [],
      limits: chosenLimits({ ...flags }),
      onProgress: flags.quiet ? undefined : (state) => progress.update(state),
      signal: interrupt.signal,
    });
    progress.clear();
    if (interrupt.signalled) summary.warnings.push('interrupted: the report covers what was read so far');
    const output = new StreamOutput(stdout);
    if (flags.json) output.write(policyJson(summary));
    else if (flags.html) {
      const { writePolicyPage } = await import('../../render/html/policy-page.js');
      writePolicyPage(summary, (text) => output.write(text));
    } else if (flags.format !== undefined) {
      const { policyChecks } = await import('../../render/ci/policy-checks.js');
      await writeCi(policyChecks(summary, flags.failOn ?? []), flags.format, output, context);
    } else {
      const { policyLines } = await import('../../render/policy-report.js');
      const lines = policyLines(summary, monotonicMs() - started, {
        width: terminalWidth(stdout, stderr, env),
        paint: await loadPaint(wantsColour(stdout, env, flags.color)),
        top: flags.all ? Number.POSITIVE_INFINITY : flags.top,
      });
      output.write(`${lines.join('\n')}\n`);
    }
    await output.commit();
    if (!flags.quiet) await printWarnings(summary.warnings, context, flags.color);
    printFindings(summary.findings, context, unreadSentence(summary.unread, summary.total_packets));
    if (interrupt.signalled) return EXIT_INTERRUPTED;
    return output.isClosed ? EXIT_DONE : exitCodeOf({ isDamaged, findings: summary.findings });
  } finally {
    progress.clear();
    interrupt.release();
  }
}
