import type { ConnectionProof } from '../../core/report/connection-proof.js';
import type { EscapeRow, HiddenRow, PolicyExample, PolicySummary } from '../../core/report/policy-model.js';
import { VERSION } from '../../system/version.js';
import { unreadSentence } from '../hidden-words.js';
import { escapeWords, hiddenWords } from '../policy-words.js';
import type { CiCheck, CiReport, CiRule } from './ci-report.js';

const RULES: readonly CiRule[] = [
  {
    id: 'rules/escaped',
    title: 'Traffic escapes the rules',
    help: 'The message names the option that would stop it.',
  },
  {
    id: 'rules/hidden',
    title: 'Traffic hides its site',
    help: 'Blocked apps may be among it; the message names the option that would stop it.',
  },
];

/**
 * A test of rules: a failed check for each way in which a target of `--fail-on` escaped, and one for each target that
 * did not. `conditions` are those of `--fail-on`.
 */
export function policyChecks(summary: PolicySummary, conditions: readonly string[]): CiReport {
  const met = new Set(summary.findings.map(({ condition }) => condition));
  const isFailed = ({ target }: EscapeRow) => met.has('escaped') || met.has(`escaped:${target}`);
  const failed = [
    ...summary.escapes.filter(isFailed).map(escapeCheck),
    ...(met.has('hidden') ? hiddenChecks(summary) : []),
  ];
  const escaped = new Set(summary.escapes.filter(isFailed).map(({ target }) => target));
  const passed = summary.targets.filter(({ target }) => !escaped.has(target)).map(({ target }) => passedCheck(target));
  if (conditions.includes('hidden') && !met.has('hidden')) passed.push(passedCheck('hidden'));
  return {
    command: 'dpi rules test',
    version: VERSION,
    inputs: summary.inputs,
    rules: RULES,
    checks: [...failed, ...passed],
    warnings: summary.warnings,
  };
}

function escapeCheck(row: EscapeRow): CiCheck {
  const { target, route, remedy, example } = row;
  return {
    rule: 'rules/escaped',
    name: `${target} ${route}${remedy === null ? '' : ` ${remedy}`}`,
    isFailed: true,
    message: (quote) => `${quote(target)} escaped (${escapeWords(row)})${remedyWords(remedy, quote)}`,
    proofs: [proofOf(example)],
    amount: amountOf(row),
    place: null,
  };
}

function hiddenChecks({ hidden, unread, total_packets }: PolicySummary): CiCheck[] {
  const checks = hidden.map((row): CiCheck => {
    const { route, remedy, example } = row;
    return {
      rule: 'rules/hidden',
      name: `hidden ${route}${remedy === null ? '' : ` ${remedy}`}`,
      isFailed: true,
      message: (quote) => `connections hide their site (${hiddenWords(row)})${remedyWords(remedy, quote)}`,
      proofs: [proofOf(example)],
      amount: amountOf(row),
      place: null,
    };
  });
  const sentence = unreadSentence(unread, total_packets);
  if (sentence === null) return checks;
  const message = () => sentence;
  const rest = { isFailed: true, message, proofs: [], amount: null, place: null };
  return [...checks, { rule: 'rules/hidden', name: 'hidden unread', ...rest }];
}

function passedCheck(name: string): CiCheck {
  const message = () => '';
  return { rule: 'rules/escaped', name, isFailed: false, message, proofs: [], amount: null, place: null };
}

function remedyWords(remedy: string | null, quote: (text: string) => string): string {
  return remedy === null ? '' : `; ${quote(remedy)} would stop it`;
}

function amountOf({ connections, passed_packets: packets, passed_bytes: bytes }: EscapeRow | HiddenRow) {
  return { connections, packets, bytes };
}

function proofOf(example: PolicyExample): ConnectionProof {
  const { id, protocol, src_ip, src_port, dst_ip, dst_port, domain, app, app_protocol } = example;
  const { evidence_packet, first_packet, last_packet, input, first_frame, evidence_frame } = example;
  const label = app === 'UNKNOWN' ? (app_protocol ?? 'unknown') : app;
  const packets = { packet: evidence_packet ?? first_packet, first_packet, last_packet };
  const ends = { id, protocol, src_ip, src_port, dst_ip, dst_port };
  return { ...ends, domain, label, ...packets, input, frame: evidence_frame ?? first_frame };
}
