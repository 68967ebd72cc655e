import { safeText } from '../safe-text.js';
import { type CiCheck, type CiReport, inputName, proofWords, type Quote, wholeMessage } from './ci-report.js';

/**
 * Checks as a JUnit report that Jenkins and GitLab read: a test case for each check, a failure for each that failed. It
 * has no times, so that the same captures give the same bytes.
 */
export function junitText(report: CiReport): string {
  const { checks, command, inputs, warnings } = report;
  const failures = checks.filter(({ isFailed }) => isFailed).length;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0"`;
  const captures = inputs.map(({ name }) => inputName(name)).join(' ');
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(command)}" ${counts}>`,
    `  <testsuite name="${escaped(command)}" ${counts} skipped="0"${fileAttribute(checks)}>`,
    '    <properties>',
    `      <property name="captures" value="${escaped(captures)}"/>`,
    `      <property name="dpi" value="${escaped(report.version)}"/>`,
    '    </properties>',
    ...checks.flatMap((check) => caseLines(check, report)),
    ...(warnings.length === 0 ? [] : [`    <system-err>${warnings.map(escaped).join('\n')}</system-err>`]),
    '  </testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function caseLines(check: CiCheck, report: CiReport): string[] {
  const { rule, name, isFailed, proofs, place } = check;
  // One for all, so that a check has one history, whether it passes or fails.
  const suite = report.command.replaceAll(' ', '.');
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"`;
  if (!isFailed) return [`${head}/>`];
  const message = escaped(check.message(quoted));
  const details = [
    wholeMessage(check, report, quoted),
    ...proofs.map((proof) => {
      const { id, protocol, src_ip, src_port, dst_ip, dst_port } = proof;
      const words = proofWords({ ...check, proofs: [proof], amount: null }, report, quoted);
      return `connection ${id}: ${protocol} ${src_ip} port ${src_port} to ${dst_ip} port ${dst_port}, ${words}`;
    }),
  ];
  if (place !== null) details.push(`${place.file}:${place.line}`);
  return [
    `${head}>`,
    `      <failure message="${message}" type="${escaped(rule)}">${details.map(escaped).join('\n')}</failure>`,
    '    </testcase>',
  ];
}

/** The file that expects all of it. On the suite: Jenkins' xUnit plugin rejects reports with one on a test case. */
function fileAttribute(checks: readonly CiCheck[]): string {
  const files = new Set(checks.map(({ place }) => place?.file).filter((file) => file !== undefined));
  return files.size === 1 ? ` file="${escaped([...files][0]!)}"` : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for XML 1.0, which has no way to write control characters and non-characters (XML 1.0 §2.2). */
function escaped(text: string): string {
  return safeText(text)
    .replace(/[\ufffe\uffff]/g, '?')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const quoted: Quote = (text) => `'${text}'`;
