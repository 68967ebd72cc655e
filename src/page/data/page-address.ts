import { FACET_NAMES } from './facets.js';
import { type Criterion, isFacet, type Selection } from './selection.js';

/** What the hash of the page's address says. */
export interface PageState {
  readonly selection: Selection;
  /** The connection whose details are open, or null. */
  readonly connection: number | null;
}

const MAX_CRITERIA = 200;

/** "#label=YOUTUBE&period=12.5-17.25&search=cdn&connection=17". */
export function stateToHash({ selection, connection }: PageState): string {
  const params = new URLSearchParams();
  for (const one of selection) {
    if (one.kind === 'period') params.append('period', `${one.period.from}-${one.period.to}`);
    else if (one.kind === 'search') params.append('search', one.text);
    else params.append(one.kind, one.value);
  }
  if (connection !== null) params.append('connection', String(connection));
  const text = params.toString();
  return text === '' ? '' : `#${text}`;
}

/** Reads what `stateToHash` wrote; leaves out what it does not know. */
export function stateFromHash(hash: string): PageState {
  const selection: Criterion[] = [];
  let connection: number | null = null;
  for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const criterion = criterionOf(name, value);
    if (criterion !== null && selection.length < MAX_CRITERIA) selection.push(criterion);
    if (name === 'connection' && /^\d{1,15}$/.test(value)) connection = Number(value);
  }
  return { selection, connection };
}

function criterionOf(name: string, value: string): Criterion | null {
  if (isFacet(name)) return { kind: FACET_NAMES[FACET_NAMES.indexOf(name)]!, value };
  if (name === 'search') return { kind: 'search', text: value };
  if (name !== 'period') return null;
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(value) ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to)) return null;
  return { kind: 'period', period: { from: Number(from), to: Number(to) } };
}
