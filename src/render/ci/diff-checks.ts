import type { Difference, ReportDiff } from '../../core/diff/model.js';
import { VERSION } from '../../system/version.js';
import { valueText } from '../diff-report.js';
import type { CiCheck, CiReport } from './ci-report.js';

const RULES = [
  ['new', 'New traffic', 'Side B has it and side A has not.'],
  ['gone', 'Missing traffic', 'Side A has it and side B has not.'],
  ['changed', 'Changed traffic', 'It differs by more than the threshold.'],
] as const;

/** The differences between two sides: a failed check for each that `counts` accepts. */
export function diffChecks(diff: ReportDiff, counts: (difference: Difference) => boolean): CiReport {
  const { a, b, differences, warnings } = diff;
  const inputs = [a, b].map((side) => ({ name: side.inputs.join(' '), packets: side.packets }));
  const rules = RULES.map(([id, title, help]) => ({ id: `diff/${id}`, title, help }));
  const checks = differences.filter(counts).map(checkOf);
  return { command: 'dpi diff', version: VERSION, inputs, rules, checks, warnings };
}

function checkOf(difference: Difference): CiCheck {
  const { section, change, what, unit, a, b, proof } = difference;
  const values = change === 'changed' ? `, ${valueText(a, unit)} in A and ${valueText(b, unit)} in B` : '';
  return {
    rule: `diff/${change}`,
    name: `${section} ${what}`,
    isFailed: true,
    message: (quote) => `${change} ${section} ${quote(what)}${values}`,
    proofs: proof === null ? [] : [{ ...proof, input: b === null ? 0 : 1, frame: proof.packet }],
    amount: null,
    place: null,
  };
}
