import type { Crossfilter, SelectedRows } from './crossfilter.js';
import { type FacetName, NO_VALUE } from './facets.js';

/** How many connections have a value, and their bytes. */
export interface Count {
  readonly value: string;
  connections: number;
  bytes: number;
}

/** Connections by value of a facet, most connections first, among the rows that fit all other kinds; without nulls. */
export function countsOf(filter: Crossfilter, selected: SelectedRows, name: FacetName): Count[] {
  const { values, columns } = filter.facet(name);
  const bytes = filter.data.numbers('bytes');
  const connections = new Float64Array(values.length);
  const sums = new Float64Array(values.length);
  for (const column of columns) {
    for (const row of selected.rows(name)) {
      const code = column[row]!;
      connections[code]!++;
      sums[code]! += bytes[row]!;
    }
  }
  const counts = new Map<string, Count>();
  for (let code = 0; code < values.length; code++) {
    if (connections[code] === 0) continue;
    for (const value of values[code]!) {
      if (value === NO_VALUE) continue;
      const count = counts.get(value) ?? { value, connections: 0, bytes: 0 };
      counts.set(value, count);
      count.connections += connections[code]!;
      count.bytes += sums[code]!;
    }
  }
  return [...counts.values()].sort((a, b) => b.connections - a.connections || b.bytes - a.bytes);
}
