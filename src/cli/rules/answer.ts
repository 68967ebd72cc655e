import type { Rule } from '../../core/policy/rule.js';
import { formatMoment } from '../../core/policy/rule-expiry.js';
import { jsonValue } from '../../render/summary-json.js';
import type { CliContext } from '../context.js';
import { StreamOutput } from '../stream-output.js';
import { printWarnings } from '../warnings.js';
import type { RulesFlags } from './store-options.js';

/** Of the JSON that `dpi rules` prints; its rules are those of the rules document. */
export const RULES_JSON_VERSION = 1;

/** A rule as JSON shows it everywhere. */
export function ruleJson({ id, type, value, action, comment, expiresMs, createdMs }: Rule): Record<string, unknown> {
  return {
    id,
    type,
    value,
    action,
    comment,
    expires: expiresMs === null ? null : formatMoment(expiresMs),
    created: createdMs === 0 ? null : formatMoment(createdMs),
  };
}

/** Prints what a command has to say: JSON or lines on stdout, warnings (part of the JSON as well) on stderr. */
export async function printAnswer(
  json: Record<string, unknown>,
  lines: readonly string[],
  warnings: readonly string[],
  flags: RulesFlags,
  context: CliContext,
): Promise<void> {
  const output = new StreamOutput(context.stdout);
  if (flags.json) output.write(`${jsonValue({ schema_version: RULES_JSON_VERSION, ...json, warnings })}\n`);
  else for (const line of lines) output.write(`${line}\n`);
  await output.commit();
  if (!flags.quiet) await printWarnings(warnings, context, flags.color);
}
