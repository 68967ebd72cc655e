import type { ConnectionProof } from '../../core/report/connection-proof.js';

/** Marks a text from outside in a message, in the way of the format: quotes, a code span. */
export type Quote = (text: string) => string;

/** A kind of check, which many results may share. */
export interface CiRule {
  /** Stable: "snapshot/new". */
  readonly id: string;
  readonly title: string;
  /** What to do about a finding, in a sentence. */
  readonly help: string;
}

/** One thing that was checked. */
export interface CiCheck {
  /** Id of its rule. */
  readonly rule: string;
  /** What was checked, the same from run to run: "tcp/443 api.github.com". */
  readonly name: string;
  readonly isFailed: boolean;
  /** A sentence without a full stop; empty for what passed. */
  message(quote: Quote): string;
  /** The connections that prove it, those that began first. */
  readonly proofs: readonly ConnectionProof[];
  readonly amount: CiAmount | null;
  /** Where the expectation is written; null where it is on the command line. */
  readonly place: CiPlace | null;
}

interface CiAmount {
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

interface CiPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The outcome of a command as continuous integration shows it. */
export interface CiReport {
  /** "dpi snapshot test" */
  readonly command: string;
  /** Version of the program. */
  readonly version: string;
  readonly inputs: readonly { readonly name: string; readonly packets: number }[];
  readonly rules: readonly CiRule[];
  readonly checks: readonly CiCheck[];
  readonly warnings: readonly string[];
}

/** Text of a report in one format, whole. */
export type CiFormat = (report: CiReport) => string;

/** Packets of a proof for a sentence: "packet 703 (703 to 720)", of several inputs "packet 12 of b.pcap". */
function packetWords(proof: ConnectionProof, report: Pick<CiReport, 'inputs'>, quote: Quote): string {
  const { packet, first_packet, last_packet, input, frame } = proof;
  if (input !== null && frame !== null)
    return `packet ${frame} of ${quote(inputName(report.inputs[input]?.name ?? ''))}`;
  if (packet === null) return `connection ${proof.id}`;
  const isSpan = first_packet !== null && last_packet !== null && last_packet > first_packet;
  return isSpan ? `packet ${packet} (${first_packet} to ${last_packet})` : `packet ${packet}`;
}

/** "packet 703 (703 to 720) and 2 more connections"; empty where nothing proves it. */
export function proofWords(check: CiCheck, report: Pick<CiReport, 'inputs'>, quote: Quote): string {
  const { proofs, amount } = check;
  if (proofs.length === 0) return '';
  const more = (amount?.connections ?? proofs.length) - proofs.length;
  const words = proofs.map((proof) => packetWords(proof, report, quote));
  if (more > 0) words.push(`${more} more ${more === 1 ? 'connection' : 'connections'}`);
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The message with its packets: "new contact …: packet 703 (703 to 720)". */
export function wholeMessage(check: CiCheck, report: Pick<CiReport, 'inputs'>, quote: Quote): string {
  const words = proofWords(check, report, quote);
  return words === '' ? check.message(quote) : `${check.message(quote)}: ${words}`;
}

export function failedChecks({ checks }: CiReport): readonly CiCheck[] {
  return checks.filter(({ isFailed }) => isFailed);
}

export function inputName(name: string): string {
  return name === '-' ? 'standard input' : name;
}
