import { FACETS, type Facet, type FacetName } from './facets.js';
import type { ReportData } from './report-data.js';
import { rowsFound } from './search.js';
import { type Criterion, isFacet, periodOf, type Selection, searchOf, valuesOf } from './selection.js';

type Kind = Criterion['kind'];

/** Which rows each selection has. A view shows the rows that fit all but its own kind, so that it can be widened. */
export class Crossfilter {
  private readonly facets = new Map<FacetName, Facet>();
  /** Rows that fit each kind of the selection; those of the one before are kept, since most stay. */
  private fits = new Map<Kind, { readonly criteria: string; readonly rows: Uint8Array }>();

  constructor(readonly data: ReportData) {}

  /** The rows of the selection. */
  select(selection: Selection): SelectedRows {
    const kinds = new Set(selection.map(({ kind }) => kind));
    const fits: typeof this.fits = new Map();
    for (const kind of kinds) {
      const criteria = JSON.stringify(selection.filter((one) => one.kind === kind));
      const before = this.fits.get(kind);
      fits.set(kind, before?.criteria === criteria ? before : { criteria, rows: this.rowsOf(kind, selection) });
    }
    this.fits = fits;
    return new SelectedRows(this.data, selection, new Map([...fits].map(([kind, { rows }]) => [kind, rows])));
  }

  facet(name: FacetName): Facet {
    const known = this.facets.get(name);
    if (known !== undefined) return known;
    const facet = FACETS[name].read(this.data);
    this.facets.set(name, facet);
    return facet;
  }

  private rowsOf(kind: Kind, selection: Selection): Uint8Array {
    if (isFacet(kind)) return facetRows(this.facet(kind), valuesOf(selection, kind), this.data.count);
    return kind === 'search' ? rowsFound(this.data, searchOf(selection)) : periodRows(this.data, selection);
  }
}

/** The rows of a selection, by what is left out of it. */
export class SelectedRows {
  private readonly lists = new Map<Kind | '', Int32Array>();
  private readonly results = new Map<string, unknown>();

  constructor(
    readonly data: ReportData,
    readonly selection: Selection,
    private readonly fits: ReadonlyMap<Kind, Uint8Array>,
  ) {}

  /** Rows that fit all kinds but `besides`, in order. Valid as long as this object. */
  rows(besides?: Kind): Int32Array {
    const key = besides !== undefined && this.fits.has(besides) ? besides : '';
    const known = this.lists.get(key);
    if (known !== undefined) return known;
    const tests = [...this.fits].flatMap(([kind, rows]) => (kind === key ? [] : [rows]));
    const list = new Int32Array(this.data.count);
    let count = 0;
    for (let row = 0; row < list.length; row++) {
      let isIn = true;
      for (const test of tests) if (test[row] === 0) isIn = false;
      if (isIn) list[count++] = row;
    }
    const rows = list.subarray(0, count);
    this.lists.set(key, rows);
    return rows;
  }

  /** What `make` returns, made once for this selection: several views show it. */
  remembered<Result>(name: string, make: () => Result): Result {
    const known = this.results.get(name);
    if (known !== undefined) return known as Result;
    const result = make();
    this.results.set(name, result);
    return result;
  }

  /** Does anything narrow the rows besides this kind? */
  isNarrowed(besides?: Kind): boolean {
    return this.selection.some(({ kind }) => kind !== besides);
  }
}

function facetRows({ values, columns }: Facet, wanted: readonly string[], count: number): Uint8Array {
  const fits = Uint8Array.from(values, (texts) => (texts.some((text) => wanted.includes(text)) ? 1 : 0));
  const rows = new Uint8Array(count);
  for (const column of columns) for (let row = 0; row < count; row++) rows[row]! |= fits[column[row]!]!;
  return rows;
}

/** Connections that were active in the period, as `--since` and `--until` select them. */
function periodRows(data: ReportData, selection: Selection): Uint8Array {
  const { from, to } = periodOf(selection) ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const [first, last] = [data.numbers('first_seen'), data.numbers('last_seen')];
  return Uint8Array.from(first, (_, row) => (last[row]! >= from && first[row]! <= to ? 1 : 0));
}
