import type { JoinFinding, JoinReport } from '../../core/diff/join-model.js';
import type { Difference, DiffSide, ReportDiff } from '../../core/diff/model.js';
import type { FormatOptions, WriteText } from '../report-format.js';
import { packedData } from './data-element.js';
import { PAYLOAD_VERSION } from './payload.js';
import { Redactor } from './redactor.js';
import { TextCutter } from './text-cutter.js';
import { writePage } from './write-page.js';

/** Rows of one list that a page has: the first ones, which are the largest. */
const MAX_ROWS = 2000;
/** Captures of one side that a page names. */
const MAX_INPUTS = 20;

type PageOptions = Pick<FormatOptions, 'redact'>;

/** Writes what differs between two reports as one page for a browser. */
export function writeDiffPage(diff: ReportDiff, { redact = false }: PageOptions, write: WriteText): void {
  const { shown, omitted } = shortened(diff.differences, ({ section }: Difference) => section);
  const side = (of: DiffSide): DiffSide => ({ ...of, inputs: of.inputs.slice(0, MAX_INPUTS) });
  const cut = new TextCutter().value({ ...diff, a: side(diff.a), b: side(diff.b), differences: shown });
  const redactor = redact ? new Redactor() : null;
  writePage(
    packedData({ version: PAYLOAD_VERSION, isRedacted: redact, omitted, diff: redactor?.diff(cut) ?? cut }),
    write,
  );
}

/** Writes what happened to connections between two points as one page for a browser. */
export function writeJoinPage(join: JoinReport, { redact = false }: PageOptions, write: WriteText): void {
  const { shown, omitted } = shortened(join.findings, ({ kind }: JoinFinding) => kind);
  const cut = new TextCutter().value({ ...join, findings: shown });
  const redactor = redact ? new Redactor() : null;
  writePage(
    packedData({ version: PAYLOAD_VERSION, isRedacted: redact, omitted, join: redactor?.join(cut) ?? cut }),
    write,
  );
}

/** The first rows of each list, and by list how many more there are. */
function shortened<Row>(rows: readonly Row[], listOf: (row: Row) => string) {
  const counts: Record<string, number> = {};
  const shown = rows.filter((row) => {
    const list = listOf(row);
    counts[list] = (counts[list] ?? 0) + 1;
    return counts[list] <= MAX_ROWS;
  });
  const omitted: Record<string, number> = {};
  for (const [list, count] of Object.entries(counts)) if (count > MAX_ROWS) omitted[list] = count - MAX_ROWS;
  return { shown, omitted };
}
