import { FACET_NAMES, type FacetName } from './facets.js';

/** A period in seconds since the epoch. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** One part of a selection. */
export type Criterion =
  | { readonly kind: FacetName; readonly value: string }
  | { readonly kind: 'period'; readonly period: Period }
  | { readonly kind: 'search'; readonly text: string };

/** What is selected, in the order in which it was: values of one facet widen it, the others narrow it. */
export type Selection = readonly Criterion[];

export const NOTHING_SELECTED: Selection = [];

/** Without the value where it is selected, else with it. */
export function toggled(selection: Selection, kind: FacetName, value: string): Selection {
  const others = selection.filter((one) => !(one.kind === kind && one.value === value));
  return others.length < selection.length ? others : [...selection, { kind, value }];
}

/** With this value alone of its facet. */
export function only(selection: Selection, kind: FacetName, value: string): Selection {
  return [...selection.filter((one) => one.kind !== kind), { kind, value }];
}

/** With another period, or without one. */
export function withPeriod(selection: Selection, period: Period | null): Selection {
  const others = selection.filter(({ kind }) => kind !== 'period');
  return period === null ? others : [...others, { kind: 'period', period }];
}

export function withSearch(selection: Selection, text: string): Selection {
  const others = selection.filter(({ kind }) => kind !== 'search');
  return text.trim() === '' ? others : [...others, { kind: 'search', text }];
}

/** Without what was selected last. */
export function widened(selection: Selection): Selection {
  return selection.slice(0, -1);
}

/** The values of a facet that are selected. */
export function valuesOf(selection: Selection, kind: FacetName): string[] {
  return selection.flatMap((one) => (one.kind === kind ? [one.value] : []));
}

export function periodOf(selection: Selection): Period | null {
  return selection.find((one) => one.kind === 'period')?.period ?? null;
}

export function searchOf(selection: Selection): string {
  return selection.find((one) => one.kind === 'search')?.text ?? '';
}

/** Does anything but these kinds narrow the selection? */
export function isNarrowedBesides(selection: Selection, kinds: readonly Criterion['kind'][]): boolean {
  return selection.some(({ kind }) => !kinds.includes(kind));
}

export function isFacet(name: string): name is FacetName {
  return (FACET_NAMES as readonly string[]).includes(name);
}
