import type { ReportSummary } from '../../core/report/model.js';
import { shellText } from '../../render/shell-text.js';
import { FACETS, type FacetName, NO_VALUE, TRAITS } from './facets.js';
import type { ReportData } from './report-data.js';
import { isFacet, periodOf, type Selection, valuesOf } from './selection.js';

const INPUTS_SHOWN = 3;

/** The options that select the same connections. */
export interface SelectingWords {
  readonly since: string | null;
  readonly until: string | null;
  readonly where: string | null;
}

/** Null where a search is part of the selection, which options cannot express. */
export function selectingWords(selection: Selection): SelectingWords | null {
  if (selection.some(({ kind }) => kind === 'search')) return null;
  const period = periodOf(selection);
  const where = whereOf(selection);
  return {
    since: period === null ? null : seconds(period.from),
    until: period === null ? null : seconds(period.to),
    where: where === '' ? null : where,
  };
}

/**
 * The command line that selects the same connections; null where options cannot express the selection, as for hosts of
 * a report whose addresses were replaced, and of a batch run.
 */
export function commandOf({ summary, payload }: ReportData, selection: Selection): string | null {
  // Read as one, the captures of several streams would make other connections.
  if (payload.parts !== null) return null;
  if (payload.isRedacted && selection.some(({ kind }) => kind === 'host')) return null;
  const words = selectingWords(selection);
  if (words === null) return null;
  const options = Object.entries(words).flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`, shellText(value)],
  );
  return ['dpi analyze', ...options, ...inputWords(summary)].join(' ');
}

/** Shows all about one connection; of a batch run, with its number among those of its own captures. */
export function explainCommand({ summary, payload }: ReportData, id: number): string {
  const part = payload.parts?.findLast(({ idOffset }) => idOffset < id) ?? null;
  const words = part === null ? inputWords(summary) : namesOf(part.inputs);
  return ['dpi analyze --explain', id - (part?.idOffset ?? 0), ...words].join(' ');
}

/** The names of the inputs for a command line; FILE for standard input. */
function inputWords({ inputs }: ReportSummary): string[] {
  return namesOf(inputs.map(({ name }) => name));
}

function namesOf(inputs: readonly string[]): string[] {
  const names = inputs.slice(0, INPUTS_SHOWN).map((name) => (name === '-' ? 'FILE' : shellText(name)));
  return inputs.length > INPUTS_SHOWN ? [...names, '…'] : names;
}

function whereOf(selection: Selection): string {
  const facets = [...new Set(selection.map(({ kind }) => kind))].filter(isFacet);
  const parts = facets.map((facet) => expressionOf(facet, valuesOf(selection, facet)));
  return parts.length < 2
    ? parts.join('')
    : parts.map((part) => (/ or /.test(part) ? `(${part})` : part)).join(' and ');
}

function expressionOf(facet: FacetName, values: readonly string[]): string {
  if (facet === 'trait') {
    return values.map((value) => TRAITS.find(({ name }) => name === value)?.where ?? 'id == 0').join(' or ');
  }
  const { field } = FACETS[facet];
  const texts = values.filter((value) => value !== NO_VALUE).map(quoted);
  const equals = texts.length === 1 ? [`${field} == ${texts[0]}`] : [`${field} in (${texts.join(', ')})`];
  return [...(texts.length === 0 ? [] : equals), ...(values.includes(NO_VALUE) ? [`${field} == null`] : [])].join(
    ' or ',
  );
}

/** A value as `--where` reads it. */
function quoted(value: string): string {
  return /^[\w.:*-]+$/.test(value) && value.toLowerCase() !== 'null' ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Microseconds are as exact as reports are. */
function seconds(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
