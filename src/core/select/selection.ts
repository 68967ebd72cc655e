import type { AppTable } from '../classify/app-table.js';
import { DpiError } from '../common/error.js';
import type { ConnectionRecord } from '../report/model.js';
import { CRITERIA, type CriterionName } from './criteria.js';
import type { Need } from './fields.js';
import type { Selects } from './selects.js';
import { parseTimePoint, secondsOf, TIME_FORMS } from './time-point.js';
import { parseWhere, type Where } from './where.js';

/** Which connections are wanted, as written: one value of each list must fit, and each list that is there. */
export interface SelectionTexts extends Readonly<Partial<Record<CriterionName, readonly string[]>>> {
  /** Connections that were active at this time or later. */
  readonly since?: string;
  /** Connections that were active at this time or earlier. */
  readonly until?: string;
  /** An expression over the fields of a connection, see `parseWhere`. */
  readonly where?: string;
}

/** Decides which connections a report is about. Pure. */
export interface Selection {
  /** `beginMicros` is the time of the capture's first packet, µs since the epoch. */
  selects(connection: ConnectionRecord, beginMicros: number): boolean;
  /** What the fields that it asks about are empty without. */
  readonly needs: ReadonlySet<Need>;
}

/**
 * Null where nothing is written, so that all connections are wanted. Throws a DpiError that names the option, which
 * begins with `prefix`.
 */
export function parseSelection(texts: SelectionTexts, apps: AppTable, prefix = '--'): Selection | null {
  const all: Selects[] = [];
  let needs: ReadonlySet<Need> = new Set();
  for (const name of Object.keys(CRITERIA) as CriterionName[]) {
    const values = texts[name] ?? [];
    if (values.length > 0) all.push(anyOf(values.map((text) => criterion(name, text, apps, prefix))));
  }
  const { since, until, where } = texts;
  if (since !== undefined) {
    const point = timePoint(`${prefix}since`, since);
    all.push(({ last_seen }, begin) => last_seen >= secondsOf(point, begin));
  }
  if (until !== undefined) {
    const point = timePoint(`${prefix}until`, until);
    all.push(({ first_seen }, begin) => first_seen <= secondsOf(point, begin));
  }
  if (where !== undefined) {
    const parsed = expression(where, apps, prefix);
    needs = parsed.needs;
    all.push(parsed.selects);
  }
  if (all.length === 0) return null;
  return { selects: (connection, begin) => all.every((selects) => selects(connection, begin)), needs };
}

function anyOf(any: readonly Selects[]): Selects {
  if (any.length === 1) return any[0]!;
  return (connection, begin) => any.some((selects) => selects(connection, begin));
}

function criterion(name: CriterionName, text: string, apps: AppTable, prefix: string): Selects {
  let found: Selects | string;
  try {
    found = CRITERIA[name](text.trim(), apps);
  } catch (error) {
    // Some of what rules parse, too.
    if (!(error instanceof DpiError)) throw error;
    throw new DpiError('bad-selection', `${prefix}${name}: ${error.message}`, { cause: error });
  }
  if (typeof found !== 'string') return found;
  throw new DpiError('bad-selection', `${prefix}${name}: '${text}' ${found}`);
}

function expression(where: string, apps: AppTable, prefix: string): Where {
  try {
    return parseWhere(where, apps);
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    const { code, message, excerpt } = error;
    throw new DpiError(code, `${prefix}where, ${message}`, { cause: error, excerpt: excerpt ?? undefined });
  }
}

function timePoint(option: string, text: string) {
  const point = parseTimePoint(text);
  if (point === null) throw new DpiError('bad-selection', `${option} takes ${TIME_FORMS}, not '${text}'`);
  return point;
}
