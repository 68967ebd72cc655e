import type { ConnectionProof } from '../report/connection-proof.js';

/** What `dpi diff --json` prints, which `schema/diff.schema.json` documents. */
export interface ReportDiff {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  /** Part of the larger value by which two have to differ to count as changed, 0 to 1. */
  threshold: number;
  a: DiffSide;
  b: DiffSide;
  /** By section, then what is new, gone and changed, each with the largest first. */
  differences: Difference[];
  warnings: string[];
}

/** One of the two sides. */
export interface DiffSide {
  /** The captures or the report, as given. */
  inputs: string[];
  packets: number;
  bytes: number;
  connections: number;
  /** Seconds from the first packet to the last; null without packets. */
  seconds: number | null;
}

export const DIFF_SECTIONS = ['label', 'name', 'host', 'pair', 'quality', 'rule'] as const;
export type DiffSection = (typeof DIFF_SECTIONS)[number];
export const DIFF_CHANGES = ['new', 'gone', 'changed'] as const;
type DiffChange = (typeof DIFF_CHANGES)[number];

export interface Difference {
  section: DiffSection;
  change: DiffChange;
  /** Label, name, address, "client server label", measure of quality, or rule. */
  what: string;
  /** What `a` and `b` count: "bytes", "ms", "connections", "share". */
  unit: 'bytes' | 'ms' | 'connections' | 'share';
  /** Null where the side has none. */
  a: number | null;
  b: number | null;
  /** The first connection on the side that has it, B before A; null where connections are not known. */
  proof: ConnectionProof | null;
}
