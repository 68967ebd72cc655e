import type { Snapshot, SnapshotFinding, SnapshotTest } from '../../core/snapshot/model.js';
import { VERSION } from '../../system/version.js';
import type { CiCheck, CiReport, CiRule, Quote } from './ci-report.js';

const RULES: readonly CiRule[] = [
  {
    id: 'snapshot/new',
    title: 'New network contact',
    help: 'Find out what talks to it; dpi snapshot test --update accepts it.',
  },
  {
    id: 'snapshot/changed',
    title: 'Changed network contact',
    help: 'Find out why the protocol, app or TLS version differs; dpi snapshot test --update accepts it.',
  },
  {
    id: 'snapshot/gone',
    title: 'Missing network contact',
    help: 'Check that the run was complete; "optional": true accepts that a contact is absent.',
  },
];

/** The result of a test of a snapshot: a check for each of its entries, and one for each new contact. */
export function snapshotChecks(test: SnapshotTest, snapshot: Snapshot): CiReport {
  const failed = test.findings.map((finding) => failedCheck(finding, test.snapshot));
  const isNamed = new Set(failed.map(({ name }) => name));
  const entries = [
    ...snapshot.contacts.map(({ client, to, port }) => checkName({ client, to, port, what: 'contact' })),
    ...snapshot.lookups.map(({ client, name }) => checkName({ client, to: name, port: null, what: 'lookup' })),
  ];
  const passed = [...new Set(entries)].filter((name) => !isNamed.has(name)).map(passedCheck);
  return {
    command: 'dpi snapshot test',
    version: VERSION,
    inputs: test.inputs,
    rules: RULES,
    checks: [...failed, ...passed],
    warnings: test.warnings,
  };
}

function failedCheck(finding: SnapshotFinding, file: string): CiCheck {
  const { kind, proofs, connections, packets, bytes, line } = finding;
  return {
    rule: `snapshot/${kind}`,
    name: checkName(finding),
    isFailed: true,
    message: (quote) => messageOf(finding, quote),
    proofs,
    amount: kind === 'gone' ? null : { connections, packets, bytes },
    place: { file, line: line ?? 1 },
  };
}

function passedCheck(name: string): CiCheck {
  const message = () => '';
  return { rule: 'snapshot/entry', name, isFailed: false, message, proofs: [], amount: null, place: null };
}

function checkName({ client, to, port, what }: Pick<SnapshotFinding, 'client' | 'to' | 'port' | 'what'>): string {
  const end = what === 'lookup' ? `look-up ${to}` : `${port === null ? '' : `${port} `}${to}`;
  return client === null ? end : `${client}: ${end}`;
}

/** "new contact 'api.github.com' on tcp/443 (tls, GITHUB)" */
function messageOf(finding: SnapshotFinding, quote: Quote): string {
  const { kind, what, client, to, port, protocol, label, changes } = finding;
  const noun = what === 'lookup' ? 'DNS look-up of' : 'contact';
  const on = port === null ? '' : ` on ${port}`;
  const by = client === null ? '' : ` by ${quote(client)}`;
  const spoken = [protocol, label].filter((word) => word !== null);
  const end = `${quote(to)}${on}${by}`;
  if (kind === 'gone') return `missing ${noun} ${end}`;
  if (kind === 'new') return `new ${noun} ${end}${spoken.length === 0 ? '' : ` (${spoken.join(', ')})`}`;
  const texts = changes.map(
    ({ key, expected, found }) =>
      `${key === 'tls' ? 'TLS version' : key} ${quote(found ?? 'none')} instead of ${quote(expected)}`,
  );
  return `changed ${noun} ${end}: ${texts.join(', ')}`;
}
