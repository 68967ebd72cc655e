import type { ConnectionProof } from '../../core/report/connection-proof.js';
import type { FindingRow, ReportSummary } from '../../core/report/model.js';
import { VERSION } from '../../system/version.js';
import type { CiCheck, CiReport } from './ci-report.js';

const RULE = {
  id: 'analyze/condition',
  title: 'Unwanted traffic',
  help: 'dpi analyze --explain ID shows why a connection counts.',
};

/**
 * The conditions of `dpi analyze`: a check for each. `proofs` has all of them, with the first connections that meet
 * them.
 */
export function conditionChecks(
  summary: Pick<ReportSummary, 'inputs' | 'findings' | 'warnings'>,
  proofs: ReadonlyMap<string, readonly ConnectionProof[]>,
): CiReport {
  const found = new Map(summary.findings.map((finding) => [finding.condition, finding]));
  return {
    command: 'dpi analyze',
    version: VERSION,
    inputs: summary.inputs,
    rules: [RULE],
    checks: [...proofs].map(([condition, list]) => checkOf(condition, list, found.get(condition) ?? null)),
    warnings: summary.warnings,
  };
}

function checkOf(condition: string, proofs: readonly ConnectionProof[], finding: FindingRow | null): CiCheck {
  return {
    rule: RULE.id,
    name: condition,
    isFailed: finding !== null,
    message: (quote) => `found ${quote(condition)}`,
    proofs: finding === null ? [] : proofs,
    amount: finding,
    place: null,
  };
}
