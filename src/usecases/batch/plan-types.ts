/** The files of a batch run, as JSON: snake_case, and a version of their own. */
import type { FileIdentity } from '../../adapters/batch/file-identity.js';
import type { Limits } from '../../core/engine/options.js';

/** Of plan.json, manifests and report.json. */
export const BATCH_VERSION = 1;

/** How streams are found: see `streamsOf`. */
export type StreamMode = 'auto' | 'each' | 'one';

/** How all units are analyzed. A part of their ids. */
export interface AnalysisChoice {
  readonly apps_files: readonly { readonly path: string; readonly digest: string }[];
  readonly ignore_vlan: boolean;
  readonly follow_cname: boolean;
  readonly interval_ms: number | null;
  readonly limits: Partial<Limits>;
}

/** A capture file of a plan. */
export interface PlannedFile extends FileIdentity {
  /** Absolute. */
  readonly path: string;
  readonly format: string;
  readonly link_type: number | null;
  /** Seconds since the epoch; null without packets. */
  readonly first_seen: number | null;
  /** Null where it takes a reading of the whole file to know. */
  readonly last_seen: number | null;
}

/** Bytes of a file. A unit takes whole files today. */
export interface UnitPart {
  /** Index among the stream's files. */
  readonly file: number;
  /** Half-open. */
  readonly start: number;
  readonly end: number;
}

/**
 * What is analyzed at once, by one worker. All files of a stream; in a watched run those of a day, or until the first
 * of them were deleted.
 */
export interface PlannedUnit {
  /** Hash of the content, the ranges, the options and the version: the same id means the same result. */
  readonly id: string;
  readonly parts: readonly UnitPart[];
}

/** Packets of one capture point, in the order of time. */
export interface PlannedStream {
  readonly name: string;
  /** Why these files are one stream, or why they are not: a phrase. */
  readonly reason: string;
  readonly files: readonly PlannedFile[];
  readonly units: readonly PlannedUnit[];
}

export interface Plan {
  readonly schema_version: number;
  readonly generator: string;
  readonly streams_mode: StreamMode;
  readonly analysis: AnalysisChoice;
  readonly streams: readonly PlannedStream[];
  /** Named files that can't be analyzed, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** A unit with the stream that it is a part of. */
export interface UnitOfPlan {
  /** Place among all units of the plan, from 0. */
  readonly index: number;
  /** Place among the units of its stream. */
  readonly part: number;
  readonly stream: PlannedStream;
  readonly unit: PlannedUnit;
}

/** The result of a unit beside its files. */
export interface Manifest {
  readonly schema_version: number;
  readonly id: string;
  readonly stream: string;
  readonly part: number;
  /** "damaged": a part of the input could not be read. "failed": there is no result. */
  readonly status: 'done' | 'damaged' | 'failed';
  /** Why it failed; null for the others. */
  readonly error: string | null;
}

/** All units, in order. */
export function unitsOf(plan: Plan): UnitOfPlan[] {
  const units: UnitOfPlan[] = [];
  for (const stream of plan.streams) {
    stream.units.forEach((unit, part) => {
      units.push({ index: units.length, part, stream, unit });
    });
  }
  return units;
}

/** Bytes of the unit's files. */
export function lenOf({ unit }: UnitOfPlan): number {
  return unit.parts.reduce((sum, { start, end }) => sum + end - start, 0);
}
