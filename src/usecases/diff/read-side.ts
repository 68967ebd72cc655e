import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DpiError } from '../../core/common/error.js';
import type { ComparedReport, FindProof } from '../../core/diff/compare-reports.js';
import { FirstConnections } from '../../core/diff/first-connections.js';
import type { DiffSide } from '../../core/diff/model.js';
import { type Report, type ReportSummary, SCHEMA_VERSION } from '../../core/report/model.js';
import type { AnalyzeCaptures, AnalyzeOptions } from '../analyze/analyze-types.js';

/** One side of a comparison, read. */
export interface ReadSide {
  readonly report: ComparedReport;
  readonly proof: FindProof;
  readonly side: DiffSide;
  readonly warnings: readonly string[];
  readonly isDamaged: boolean;
}

const HEAD_LEN = 64;

/**
 * Reads a capture ("-" is stdin), or a report that `dpi analyze --json` wrote. Rejects with a DpiError for a file that
 * is neither.
 */
export async function readSide(input: string, analyze: AnalyzeCaptures, options: AnalyzeOptions): Promise<ReadSide> {
  const first = new FirstConnections();
  const proof: FindProof = (section, what) => first.find(section, what);
  if (isJson(input)) {
    const report = await readReport(input);
    for (const connection of report.connections ?? []) first.add(connection);
    return { report, proof, side: sideOf(input, report), warnings: [], isDamaged: false };
  }
  const { summary, isDamaged } = await analyze([input], {
    ...options,
    top: 0,
    onConnection: (connection) => first.add(connection),
    reusesRecord: true,
  });
  return { report: summary, proof, side: sideOf(input, summary), warnings: summary.warnings, isDamaged };
}

function sideOf(input: string, report: ReportSummary): DiffSide {
  const { total_packets: packets, total_bytes: bytes, total_connections: connections, first_seen, last_seen } = report;
  const seconds = first_seen === null || last_seen === null ? null : Math.max(0, last_seen - first_seen);
  return { inputs: [input], packets, bytes, connections, seconds };
}

/** A regular file that begins like a JSON object; anything else is left to the readers of captures. */
function isJson(input: string): boolean {
  if (input === '-') return false;
  try {
    if (!statSync(input).isFile()) return false;
    const file = openSync(input, 'r');
    try {
      const head = Buffer.alloc(HEAD_LEN);
      return /^\ufeff?\s*\{/.test(head.toString('utf8', 0, readSync(file, head, 0, HEAD_LEN, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

async function readReport(input: string): Promise<Report> {
  const { readTextFile } = await import('../../adapters/sources/text-file.js');
  const value = parsed(await readTextFile(input), input);
  const lists = ['labels', 'domains_detected', 'hosts', 'pairs', 'inputs'] as const;
  const isReport = lists.every((key) => Array.isArray(value[key])) && Array.isArray(value.rules?.decided);
  if (!isReport || value.schema_version !== SCHEMA_VERSION) {
    throw new DpiError('not-a-report', `${input} is no report that this version of 'dpi analyze --json' prints`);
  }
  return value;
}

function parsed(text: string, input: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    throw new DpiError('not-a-report', `${input} is neither a capture nor JSON`);
  }
}
