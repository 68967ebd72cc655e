import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { DpiError } from '../core/common/error.js';
import type { CiReport } from '../render/ci/ci-report.js';
import { CI_FORMATS } from '../render/ci/formats.js';
import { FORMATS } from '../render/formats.js';
import { cannotWrite } from './compose.js';
import type { CliContext } from './context.js';
import { addGroup, OUTPUT_GROUP } from './help.js';
import type { Output } from './output.js';

/** What `addCiOption` parses. */
export interface CiFlags {
  format?: string;
}

/** `--format`: prints the findings for continuous integration, or writes one of `logs`, the formats of other tools. */
export function addCiOption(command: Command, others: readonly string[], logs: readonly string[] = []): void {
  const forCi = Object.keys(CI_FORMATS);
  const names = [...forCi, ...logs];
  const description = `print the findings for CI: ${listOf(forCi)}`;
  addGroup(command, OUTPUT_GROUP, () =>
    command.addOption(
      new Option(
        '--format <format>',
        logs.length === 0 ? description : `${description}; or write the logs of another tool: ${listOf(logs)}`,
      )
        .choices(names)
        .conflicts([...others])
        .argParser((text) => {
          if (names.includes(text)) return text;
          const flags = FORMATS.map(({ flag }) => flag).filter((flag) => others.includes(flag));
          throw new DpiError('usage', badFormat(text, flags, names));
        }),
    ),
  );
}

/** "a, b or c". */
function listOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Other programs choose every format with `--format`. */
function badFormat(text: string, flags: readonly string[], names: readonly string[]): string {
  if (!flags.includes(text)) return `--format takes ${names.join(', ')}, not '${text}'`;
  const options = flags.map((flag) => `'--${flag}'`);
  const list = options.length === 1 ? options[0]! : listOf(options);
  return `the format is chosen with ${list}; --format is for ${names.join(', ')}`;
}

/**
 * Writes the findings. With `github`, also appends them to the summary of the step where GITHUB_STEP_SUMMARY names its
 * file. Throws DpiError where that can't be written.
 */
export async function writeCi(report: CiReport, format: string, output: Output, { env }: CliContext): Promise<void> {
  const toText = await CI_FORMATS[format]!();
  output.write(toText(report));
  const summary = env.GITHUB_STEP_SUMMARY;
  if (format !== 'github' || summary === undefined || summary === '') return;
  const toMarkdown = await CI_FORMATS.markdown!();
  try {
    appendFileSync(summary, toMarkdown(report));
  } catch (error) {
    throw cannotWrite(summary, error as NodeJS.ErrnoException);
  }
}
