import { DpiError } from '../../core/common/error.js';
import { JOIN_KINDS, type JoinFinding } from '../../core/diff/join-model.js';
import { asciiText } from '../../render/ascii.js';
import { joinLines } from '../../render/join-report.js';
import { loadPaint } from '../../render/paint.js';
import { membersJson } from '../../render/policy-json.js';
import { pluralText } from '../../render/quantities.js';
import { type JoinOptions, joinInputs } from '../../usecases/diff/join-inputs.js';
import { writeCi } from '../ci-output.js';
import type { CliContext } from '../context.js';
import { exitCodeOf } from '../exit-codes.js';
import type { Output } from '../output.js';
import { type ColourOption, hasUnicode, terminalWidth, wantsColour } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface JoinFlags {
  failOn?: string[];
  json?: boolean;
  format?: string;
  output?: string;
  top: number;
  all?: boolean;
  color: ColourOption;
  quiet?: boolean;
}

/** `dpi diff --join`: follows the connections of one capture to the other. Returns the exit code. */
export async function join(
  [a, b]: readonly [string, string],
  flags: JoinFlags,
  options: JoinOptions,
  output: Output,
  context: CliContext,
): Promise<number> {
  const fails = parseKinds(flags.failOn ?? []);
  const { join: found, isDamaged } = await joinInputs(a, b, options);
  const { stdout, stderr, env } = context;
  if (flags.json) output.write(membersJson(found));
  else if (flags.format !== undefined) {
    const { joinChecks } = await import('../../render/ci/join-checks.js');
    await writeCi(joinChecks(found, fails ?? (() => true)), flags.format, output, context);
  } else {
    const toFile = flags.output !== undefined && flags.output !== '-';
    const lines = joinLines(found, {
      width: toFile ? terminalWidth({}, {}, env) : terminalWidth(stdout, stderr, env),
      paint: await loadPaint(!toFile && wantsColour(stdout, env, flags.color)),
      top: flags.all ? Number.POSITIVE_INFINITY : flags.top,
    });
    const text = `${lines.join('\n')}\n`;
    output.write(hasUnicode(env) ? text : asciiText(text));
  }
  await output.commit();
  if (!flags.quiet) await printWarnings(found.warnings, context, flags.color);
  const findings = fails === null ? [] : found.findings.filter(fails);
  if (findings.length > 0) stderr.write(`dpi: found ${pluralText(findings.length, 'difference')}\n`);
  return exitCodeOf({ isDamaged, findings });
}

/** "reset", "lost". Null without conditions. Throws DpiError. */
function parseKinds(texts: readonly string[]): ((finding: JoinFinding) => boolean) | null {
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
