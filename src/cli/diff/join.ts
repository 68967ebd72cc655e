import { DpiError } from '../../core/common/error.js';
import { JOIN_KINDS, type JoinFinding, type JoinReport } from '../../core/diff/join-model.js';
import { joinLines } from '../../render/join-report.js';
import { membersJson } from '../../render/policy-json.js';
import { pluralText } from '../../render/quantities.js';
import { type JoinOptions, joinInputs } from '../../usecases/diff/join-inputs.js';
import type { CliContext } from '../context.js';
import { exitCodeOf } from '../exit-codes.js';
import type { Output } from '../output.js';
import { printWarnings } from '../warnings.js';
import { type Comparison, type ComparisonFlags, type Form, printComparison } from './output.js';

interface JoinFlags extends ComparisonFlags {
  failOn?: string[];
  quiet?: boolean;
}

/** `dpi diff --join`: follows the connections of one capture to the other. Returns the exit code. */
export async function join(
  [a, b]: readonly [string, string],
  form: Form,
  flags: JoinFlags,
  options: JoinOptions,
  output: Output,
  context: CliContext,
): Promise<number> {
  const fails = parseKinds(flags.failOn ?? []);
  const { join: found, isDamaged } = await joinInputs(a, b, options);
  await printComparison(comparisonOf(found, fails), form, flags, output, context);
  await output.commit();
  if (!flags.quiet) await printWarnings(found.warnings, context, flags.color);
  const findings = fails === null ? [] : found.findings.filter(fails);
  if (findings.length > 0) context.stderr.write(`dpi: found ${pluralText(findings.length, 'difference')}\n`);
  return exitCodeOf({ isDamaged, findings });
}

function comparisonOf(join: JoinReport, fails: Fails): Comparison {
  return {
    json: () => membersJson(join),
    lines: (options) => joinLines(join, options),
    page: async (options, write) => {
      const { writeJoinPage } = await import('../../render/html/comparison-page.js');
      writeJoinPage(join, options, write);
    },
    checks: async () => {
      const { joinChecks } = await import('../../render/ci/join-checks.js');
      return joinChecks(join, fails ?? (() => true));
    },
  };
}

type Fails = ((finding: JoinFinding) => boolean) | null;

/** "reset", "lost". Null without conditions. Throws DpiError. */
function parseKinds(texts: readonly string[]): Fails {
  if (texts.length === 0) return null;
  const kinds = texts.map((text) => {
    const kind = JOIN_KINDS.find((known) => known === text.trim().toLowerCase());
    if (kind === undefined) {
      throw new DpiError('bad-condition', `with --join, --fail-on takes ${JOIN_KINDS.join(', ')}, not '${text}'`);
    }
    return kind;
  });
  return ({ kind }) => kinds.includes(kind);
}
