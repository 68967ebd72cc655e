import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import type { ConnectionProof } from '../../../src/core/report/connection-proof.js';
import type { CiCheck, CiReport, Quote } from '../../../src/render/ci/ci-report.js';

export function proof(fields: Partial<ConnectionProof> = {}): ConnectionProof {
  return {
    id: 54,
    protocol: 'TCP',
    src_ip: '192.0.2.10',
    src_port: 45_001,
    dst_ip: '203.0.113.200',
    dst_port: 443,
    domain: 'evil.example',
    label: 'tls',
    packet: 697,
    first_packet: 693,
    last_packet: 703,
    input: null,
    frame: null,
    ...fields,
  };
}

export function check(name: string, fields: Partial<CiCheck> = {}): CiCheck {
  return {
    rule: 'snapshot/new',
    name,
    isFailed: true,
    message: (quote: Quote) => `new contact ${quote(name)} on tcp/443`,
    proofs: [proof({ domain: name })],
    amount: { connections: 1, packets: 11, bytes: 3215 },
    place: null,
    ...fields,
  };
}

export function report(checks: readonly CiCheck[], fields: Partial<CiReport> = {}): CiReport {
  return {
    command: 'dpi snapshot test',
    version: '1.2.3',
    inputs: [{ name: 'run.pcap', packets: 703 }],
    rules: [{ id: 'snapshot/new', title: 'New network contact', help: 'Find out what talks to it.' }],
    checks,
    warnings: [],
    ...fields,
  };
}

/** Names that end quotes, begin markup or commands, or are no text at all. */
export const HOSTILE: readonly string[] = [
  'a|b`c``d',
  '`',
  ' padded ',
  '%0A::error::forged',
  '\n::error file=x,line=1::forged',
  '\r\n- [x] @someone <script>alert(1)</script>',
  '[text](0) [link](https://evil.example)',
  `]]> & < > " ' <!-- -->`,
  '\u202egnp.exe\u0000\u001b[31m',
  '\ud800 lone \ufffe \uffff',
  'x,y:z=1',
  '',
];

/** Problems of a log under the schema of OASIS. */
export function sarifProblems(text: string): string[] {
  const require = createRequire(import.meta.url);
  const oasis = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  // Draft 4 of JSON Schema, of which it uses nothing that later drafts have in another way.
  const { $schema, id, ...schema } = oasis;
  const validate = ajv.compile(schema);
  return validate(JSON.parse(text))
    ? []
    : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}
