import { jsonText } from '../../render/safe-text.js';
import { RULES_JSON_VERSION } from '../../rules/rule-json.js';
import type { CliContext } from '../context.js';
import { StreamOutput } from '../stream-output.js';
import { printWarnings } from '../warnings.js';
import type { RulesFlags } from './store-options.js';

/** Prints a command's result: JSON or lines on stdout, warnings (in the JSON as well) on stderr. */
export async function printResult(
  json: Record<string, unknown>,
  lines: readonly string[],
  warnings: readonly string[],
  flags: RulesFlags,
  context: CliContext,
): Promise<void> {
  const output = new StreamOutput(context.stdout);
  if (flags.json) output.write(`${jsonText({ schema_version: RULES_JSON_VERSION, ...json, warnings })}\n`);
  else for (const line of lines) output.write(`${line}\n`);
  await output.commit();
  if (!flags.quiet) await printWarnings(warnings, context, flags.color);
}
