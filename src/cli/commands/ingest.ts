import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { DecisionJson } from '../../render/decision-json.js';
import { ingestSummaryLine } from '../../render/ingest-summary.js';
import { Ingest } from '../../usecases/ingest/ingest.js';
import { IngestLines } from '../../usecases/ingest/ingest-lines.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions } from '../options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { StreamOutput } from '../stream-output.js';
import type { ColourOption } from '../terminal.js';
import { tellWaiting } from '../waiting.js';
import { printWarnings } from '../warnings.js';

const STDIN = 0;

interface IngestFlags extends RuleFlags {
  apps?: string[];
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Reads events from standard input, one JSON object a line, and prints a decision for each:

  {"tuple": {"src_ip": "192.0.2.10", "dst_ip": "203.0.113.5",
   "src_port": 50000, "dst_port": 443, "protocol": "tcp"}, "size": 583,
   "domain"?: "i.ytimg.com", "timestamp"?: 1700000000.25,
   "payload"?: "FgMBAg..."}

  {"decision":"drop","app":"YOUTUBE","domain":"i.ytimg.com",
   "detected_by":"event","blocked_by":"app:YOUTUBE","connection":1}

The payload is the base64 of the bytes after the TCP or UDP header. It is inspected like a captured one; the payloads of
a direction follow each other without a gap. A blocked connection stays blocked. Changes made with 'dpi rules' take
effect at once. A malformed event gets {"error":"...","line":N}. The last line is a summary.`,
  examples: [
    ['sensor | dpi ingest --block-app YOUTUBE', 'decide packets as they arrive'],
    [`sensor | dpi ingest | jq -c 'select(.decision == "drop")'`],
    ['dpi ingest --redis redis://localhost < events.ndjson'],
  ],
  exitCodes:
    '0 done, 2 wrong usage or no rule store, 3 some events were malformed, 130 interrupted (the summary is printed ' +
    'all the same).',
};

export function configure(command: Command, context: CliContext): void {
  addAppsOption(command);
  addStreamOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: IngestFlags) => {
    process.exitCode = await ingest(process.stdin, flags, context);
  });
}

/** Decides events until the input ends; returns the exit code. */
async function ingest(stdin: Readable, flags: IngestFlags, context: CliContext): Promise<number> {
  // Node reads a folder as an empty input.
  if (fstatSync(STDIN).isDirectory()) throw cannotRead('it is a directory');
  const interrupt = new Interrupt();
  const output = new StreamOutput(context.stdout, () => interrupt.stop());
  const warn = (warnings: readonly string[]) =>
    flags.quiet ? Promise.resolve() : printWarnings(warnings, context, flags.color);
  let opened: Ingest | null = null;
  try {
    opened = await Ingest.open({
      appsFiles: flags.apps ?? [],
      rules: chosenRules(flags, context),
      limits: chosenLimits(flags as unknown as Readonly<Record<string, unknown>>),
      onWarning: (sentence) => void warn([sentence]),
    });
    await warn(opened.warnings);
    if (!flags.quiet) tellWaiting('events, one JSON object a line', context);
    const lines = new IngestLines(opened.engine, new DecisionJson());
    await decideAll(stdin, lines, output, interrupt.signal);
    const summary = await opened.end();
    output.write(ingestSummaryLine(summary, lines));
    await output.commit();
    await warn(summary.warnings);
    if (interrupt.signalled) return EXIT_INTERRUPTED;
    return output.isClosed ? EXIT_DONE : exitCodeOf({ isDamaged: lines.badLines > 0 });
  } finally {
    await opened?.close();
    interrupt.release();
    stdin.destroy();
  }
}

/** Prints the decisions of a chunk before it reads the next; a slow reader of the output slows the input. */
async function decideAll(
  stdin: Readable,
  lines: IngestLines,
  output: StreamOutput,
  signal: AbortSignal,
): Promise<void> {
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of stdin) {
      output.write(lines.push(chunk as Buffer, nowMicros()));
      output.flush();
      await output.drain();
      if (signal.aborted) return;
    }
    output.write(lines.end(nowMicros()));
  } catch (error) {
    if (signal.aborted) return;
    throw cannotRead((error as Error).message);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function cannotRead(reason: string): DpiError {
  return new DpiError('unreadable-input', `can't read standard input: ${reason}`);
}

function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}
