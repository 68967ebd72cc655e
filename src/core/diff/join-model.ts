/** What `dpi diff --join --json` prints, which `schema/join.schema.json` documents. */
export interface JoinReport {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  a: JoinSide;
  b: JoinSide;
  /** Connections seen at both points. */
  joined: number;
  /** By how much the clock of B is ahead of that of A; null where nothing tells. */
  clock_offset_ms: number | null;
  /** Median time that packets take from one point to the other, each way; null where nothing tells. */
  transit_ms: number | null;
  /** What happened between the two points. */
  findings: JoinFinding[];
  warnings: string[];
}

interface JoinSide {
  input: string;
  packets: number;
  connections: number;
}

export const JOIN_KINDS = ['only-a', 'only-b', 'rewritten', 'reset', 'lost', 'delayed'] as const;
type JoinKind = (typeof JOIN_KINDS)[number];

export interface JoinFinding {
  kind: JoinKind;
  /** As each point shows the connection; null where it does not. */
  a: JoinEnds | null;
  b: JoinEnds | null;
  /** What differs, in words: "source → 192.0.2.1:61000", "1460 bytes to the server missing in B". */
  detail: string;
}

export interface JoinEnds {
  id: number;
  protocol: string;
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  domain: string | null;
  label: string;
  first_packet: number | null;
  last_packet: number | null;
}
