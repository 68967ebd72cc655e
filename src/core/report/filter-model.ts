import type { HiddenConnections, InputRow, RuleRow, RulesReport, UnreadPackets } from './model.js';

// The JSON that `dpi filter` prints, which `schema/filter.schema.json` documents.

/**
 * "inline": what a middlebox would have let through; "flow": blocked connections go whole; "keep": all but the chosen
 * ones go; "drop": the chosen ones go.
 */
export type FilterMode = 'inline' | 'flow' | 'keep' | 'drop';

interface FilterRuleRow extends Omit<RuleRow, 'action'> {
  action: RuleRow['action'] | 'keep';
}

/** The result of a filter run, in the key order of its JSON. */
export interface FilterSummary {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  /** Null for several. */
  input: InputRow | null;
  /** In the order given. */
  inputs: InputRow[];
  /** As given on the command line, "-" for standard output; null for a dry run without one. A folder for several. */
  output: string | null;
  /** "gzip", "zstd" or null; null for a folder, where each file's name decides. */
  output_compression: string | null;
  mode: FilterMode;
  /** Nothing was written. */
  dry_run: boolean;
  total_packets: number;
  /** Bytes on the wire, as everywhere. */
  total_bytes: number;
  kept_packets: number;
  kept_bytes: number;
  dropped_packets: number;
  dropped_bytes: number;
  total_connections: number;
  /** Connections that rules block, in whole or in part; of "keep" and "drop", those that are left out. */
  blocked_connections: number;
  /** Packets that could not be read, by cause; those with the most packets first. */
  unread: UnreadPackets[];
  /** Connections that no rule stopped and whose site can't be told, by reason. */
  hidden: HiddenConnections[];
  rules: Omit<RulesReport, 'decided'> & { decided: FilterRuleRow[] };
  warnings: string[];
}
