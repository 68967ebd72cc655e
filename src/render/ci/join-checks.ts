import { JOIN_KINDS, type JoinEnds, type JoinFinding, type JoinReport } from '../../core/diff/join-model.js';
import type { ConnectionProof } from '../../core/report/connection-proof.js';
import { VERSION } from '../../system/version.js';
import { endsWords } from '../diff-words.js';
import type { CiCheck, CiReport } from './ci-report.js';

const TITLES = {
  'only-a': 'Connection at one point only',
  'only-b': 'Connection at one point only',
  rewritten: 'Connection rewritten',
  reset: 'Reset at one point only',
  lost: 'Data lost between two points',
  delayed: 'Connection delayed',
};

/** What happened between two points: a failed check for each finding that `counts` accepts. */
export function joinChecks(join: JoinReport, counts: (finding: JoinFinding) => boolean): CiReport {
  const inputs = [join.a, join.b].map(({ input, packets }) => ({ name: input, packets }));
  const help = 'A and B are the two captures in the order given.';
  const rules = JOIN_KINDS.map((kind) => ({ id: `join/${kind}`, title: TITLES[kind], help }));
  const checks = join.findings.filter(counts).map(checkOf);
  return { command: 'dpi diff --join', version: VERSION, inputs, rules, checks, warnings: join.warnings };
}

function checkOf({ kind, a, b, detail }: JoinFinding): CiCheck {
  const ends = (a ?? b)!;
  const name = ends.domain === null ? '' : ends.domain;
  return {
    rule: `join/${kind}`,
    name: `${kind} ${endsWords(ends)}`,
    isFailed: true,
    message: (quote) => `${endsWords(ends)}${name === '' ? '' : ` (${quote(name)})`}: ${detail}`,
    proofs: [a, b].flatMap((one, input) => (one === null ? [] : [proofOf(one, input)])),
    amount: null,
    place: null,
  };
}

function proofOf(ends: JoinEnds, input: number): ConnectionProof {
  return { ...ends, packet: ends.first_packet, input, frame: ends.first_packet };
}
