import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { CiReport } from '../render/ci/ci-report.js';
import { CI_FORMATS } from '../render/ci/formats.js';
import { cannotWrite } from './compose.js';
import type { CliContext } from './context.js';
import { addGroup, OUTPUT_GROUP } from './help.js';
import type { Output } from './output.js';

/** What `addCiOption` parses. */
export interface CiFlags {
  format?: string;
}

/** The option that prints findings for continuous integration. */
export function addCiOption(command: Command, others: readonly string[]): void {
  addGroup(command, OUTPUT_GROUP, () =>
    command.addOption(
      new Option('--format <format>', 'print the findings for CI: sarif, junit, github or markdown')
        .choices(Object.keys(CI_FORMATS))
        .conflicts([...others]),
    ),
  );
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
