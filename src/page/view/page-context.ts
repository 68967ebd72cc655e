import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Crossfilter, SelectedRows } from '../data/crossfilter.js';
import type { FacetName } from '../data/facets.js';
import type { Colours } from '../data/label-colours.js';
import type { ReportData } from '../data/report-data.js';
import type { Selection } from '../data/selection.js';
import type { Texts } from '../data/texts.js';

/** What every view shares: the report, the selection, and how to change it. */
export interface Page {
  readonly data: ReportData;
  readonly filter: Crossfilter;
  readonly selected: SelectedRows;
  readonly selection: Selection;
  /** The connection whose details are open, or null. */
  readonly connection: number | null;
  readonly texts: Texts;
  readonly colours: Colours;
  /** A new entry of the history, unless `isTransient`: while a key is held or a pointer moves. */
  select(selection: Selection, isTransient?: boolean): void;
  toggle(kind: FacetName, value: string): void;
  open(connection: number | null): void;
}

const PageContext = createContext<Page | null>(null);

export const PageProvider = PageContext.Provider;

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('no page');
  return page;
}

const TextsContext = createContext<Texts | null>(null);

/** Provides the formats of numbers and times, which tables need outside of reports, too. */
export const TextsProvider = TextsContext.Provider;

export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (texts === null) throw new Error('no texts');
  return texts;
}
