import type { ConnectionProof } from '../../core/report/connection-proof.js';
import { jsonText, safeText } from '../safe-text.js';
import { type CiCheck, type CiReport, failedChecks, inputName, type Quote, wholeMessage } from './ci-report.js';

/** SARIF 2.1.0 (OASIS, errata 01). */
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * Findings as a SARIF 2.1.0 log: a result for each failed check. The captures are artifacts; packet numbers are in the
 * messages and in `properties`. A result lies where its expectation is written, else in the captures.
 */
export function sarifText(report: CiReport): string {
  const { rules, inputs, version, warnings } = report;
  const artifacts = inputs.map(({ name }) => ({ location: artifactLocation(name), roles: ['analysisTarget'] }));
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'dpi',
            version,
            rules: rules.map(({ id, title, help }) => ({
              id,
              shortDescription: { text: title },
              help: { text: help },
              defaultConfiguration: { level: 'error' },
            })),
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: warnings.map((text) => ({
              level: 'warning',
              message: { text: plain(safeText(text)) },
            })),
          },
        ],
        artifacts,
        results: failedChecks(report).map((check) => resultOf(check, report)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
  const json = JSON.stringify(JSON.parse(jsonText(log)), null, 2);
  return `${asciiJson(json)}\n`;
}

function resultOf(check: CiCheck, report: CiReport): object {
  const { rule, name, proofs, amount, place } = check;
  const captures = capturesOf(proofs, report).map((index) => ({
    physicalLocation: { artifactLocation: { ...artifactLocation(report.inputs[index]!.name), index } },
  }));
  const written = place && {
    physicalLocation: { artifactLocation: { uri: uriOf(place.file) }, region: { startLine: place.line } },
  };
  const related = captures.map((location, id) => ({ id: id + 1, ...location }));
  return {
    ruleId: rule,
    ruleIndex: report.rules.findIndex(({ id }) => id === rule),
    level: 'error',
    message: { text: wholeMessage(check, report, quoted) },
    locations: written === null ? captures : [written],
    ...(written === null || related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { 'dpiCheck/v1': safeText(`${rule} ${name}`) },
    properties: { ...amount, proofs: proofs.map((proof) => proofProperties(proof, report)) },
  };
}

/** Indexes of the inputs that hold the proofs; all of them where that is not known. */
function capturesOf(proofs: readonly ConnectionProof[], { inputs }: CiReport): number[] {
  const named = proofs.flatMap(({ input }) => (input === null ? [] : [input]));
  return named.length > 0 ? [...new Set(named)].sort((a, b) => a - b) : [...inputs.keys()];
}

function proofProperties(proof: ConnectionProof, { inputs }: CiReport): object {
  const { input, frame, ...rest } = proof;
  return input === null ? rest : { ...rest, capture: inputs[input]?.name ?? null, frame };
}

/** Standard input has no address. */
function artifactLocation(name: string): { uri?: string; description?: { text: string } } {
  return name === '-' ? { description: { text: inputName(name) } } : { uri: uriOf(name) };
}

/** A path as a URI reference (RFC 3986 §4.1), relative where it is. */
function uriOf(path: string): string {
  const segments = path
    .replaceAll('\\', '/')
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/');
  const uri = segments.map(encodeURIComponent).join('/');
  return uri.startsWith('/') ? `file://${uri}` : uri;
}

/** Brackets would begin a link (SARIF 2.1.0 §3.11.6). */
function plain(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&');
}

const quoted: Quote = (text) => `'${plain(safeText(text))}'`;

/** Unsafe characters of names as escapes: a log is read in terminals, too. */
function asciiJson(json: string): string {
  return json.replace(/[^\x20-\x7e\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
