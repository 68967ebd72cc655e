import type { RestRow } from '../../render/html/payload.js';
import type { SelectedRows } from './crossfilter.js';
import { type Criterion, valuesOf } from './selection.js';

/** Connections that are known as sums only, by client, server and label. */
export interface RestSums {
  readonly rows: readonly RestRow[];
  connections: number;
  packets: number;
  bytes: number;
}

const NONE: RestSums = { rows: [], connections: 0, packets: 0, bytes: 0 };

/**
 * The sums that fit the selection without one of its kinds. None where anything but labels and hosts is selected: sums
 * do not tell the rest.
 */
export function restOf(selected: SelectedRows, besides?: Criterion['kind']): RestSums {
  if (selected.data.rest.length === 0) return NONE;
  return selected.remembered(`rest ${besides}`, () => fittingRest(selected, besides));
}

function fittingRest({ data, selection }: SelectedRows, besides: Criterion['kind'] | undefined): RestSums {
  const others = selection.filter(({ kind }) => kind !== besides);
  if (others.some(({ kind }) => kind !== 'label' && kind !== 'host')) return NONE;
  const labels = new Set(valuesOf(others, 'label'));
  const hosts = new Set(valuesOf(others, 'host'));
  const isHost = (place: number) => hosts.has(data.addresses[place] ?? '');
  const rows = data.rest.filter(
    (row) =>
      (labels.size === 0 || labels.has(row.label)) && (hosts.size === 0 || isHost(row.client) || isHost(row.server)),
  );
  const sum = (key: 'connections' | 'packets' | 'bytes') => rows.reduce((total, row) => total + row[key], 0);
  return { rows, connections: sum('connections'), packets: sum('packets'), bytes: sum('bytes') };
}

/** Connections that the selection might hold and that sums cannot tell; 0 where all numbers are exact. */
export function connectionsUntold(selected: SelectedRows): number {
  const { data, selection } = selected;
  const isTold = selection.every(({ kind }) => kind === 'label' || kind === 'host');
  return isTold ? 0 : data.restConnections;
}
