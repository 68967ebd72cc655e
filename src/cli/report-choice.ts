import { DpiError } from '../core/common/error.js';
import type { FormatSpec } from '../render/report-format.js';
import { type ViewName, viewSpec } from '../render/views/views.js';
import type { AnalyzeOptions } from '../usecases/analyze/analyze-types.js';
import { chosenFormat, type ReportFlags } from './options.js';

/** The flags that choose what `dpi analyze` prints. */
export interface ReportChoiceFlags extends ReportFlags {
  view?: ViewName;
}

/** What `dpi analyze` prints, and what it asks of the analysis for that. */
export interface ReportChoice {
  readonly spec: FormatSpec;
  /** Rows in each list of the format. */
  readonly rows: number;
  /** Connections go to the format as they end; else, where it lists them, all at the end. */
  readonly streams: boolean;
  readonly analysis: Pick<AnalyzeOptions, 'top' | 'topDomains' | 'sort' | 'handshakes' | 'facts'>;
}

/** `top` is how many rows each list of a whole report has. Throws DpiError for flags that do not go together. */
export function chosenReport(flags: ReportChoiceFlags, top: number): ReportChoice {
  refuseSort(flags);
  return flags.view === undefined ? wholeReport(flags, top) : oneView(flags.view, flags);
}

function wholeReport(flags: ReportChoiceFlags, rows: number): ReportChoice {
  const spec = chosenFormat(flags);
  const { sort } = flags;
  // All connections have to be known before the first one is written.
  const isSorted = sort !== undefined && spec.listsConnections;
  const streams = spec.listsConnections && !isSorted;
  return {
    spec,
    rows,
    streams,
    analysis: {
      top: isSorted ? Number.POSITIVE_INFINITY : streams ? 0 : rows,
      topDomains: spec.listsConnections ? undefined : rows,
      sort,
      handshakes: isSorted,
      facts: spec.facts,
    },
  };
}

/** One list: all its rows unless `--top` is given. */
function oneView(view: ViewName, flags: ReportChoiceFlags): ReportChoice {
  const spec = viewSpec(view, flags.json === true ? 'json' : flags.csv === true ? 'csv' : 'table');
  const rows = flags.all || flags.top === undefined ? Number.POSITIVE_INFINITY : flags.top;
  const { sort } = flags;
  const streams = spec.listsConnections && sort === undefined && rows === Number.POSITIVE_INFINITY;
  return {
    spec,
    rows,
    streams,
    analysis: {
      top: streams || !spec.hasConnections ? 0 : rows,
      sort,
      handshakes: spec.needsHandshakes,
      facts: spec.facts,
    },
  };
}

function refuseSort(flags: ReportChoiceFlags): void {
  const { sort, ndjson, view } = flags;
  if (sort === undefined) return;
  if (view === undefined && chosenFormat(flags).isPage === true) {
    throw new DpiError('usage', '--sort cannot be used with --html: the page sorts connections by any column');
  }
  if (ndjson === true) {
    throw new DpiError(
      'usage',
      '--sort cannot be used with --ndjson, which writes each connection as it ends; use --json or --csv',
    );
  }
  if (view !== undefined && view !== 'connections') {
    throw new DpiError('usage', `--sort orders connections, which --view ${view} does not list`);
  }
}
