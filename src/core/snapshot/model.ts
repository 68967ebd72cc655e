import type { ConnectionProof } from '../report/connection-proof.js';
import type { InputRow, UnreadPackets } from '../report/model.js';

/** What a snapshot file holds, and the contacts of a capture that it is held against. */

/** Version of the file's format. */
export const SNAPSHOT_VERSION = 1;

/** Versions of TLS and DTLS as connection records name them, oldest first. */
export const TLS_VERSIONS: readonly string[] = ['SSL 2.0', 'SSL 3.0', '1.0', '1.1', '1.2', '1.3'];

/** Addresses kept of a host name. */
export const MAX_ADDRESSES = 256;

/** Connections that a snapshot leaves out unless its `include` names them. */
export const LEFT_OUT_KINDS = ['link-local', 'control', 'mid-stream'] as const;
export type LeftOutKind = (typeof LEFT_OUT_KINDS)[number];

/** An expected contact, as the file writes it. A key that is left out accepts anything. */
export interface ContactEntry {
  /** Role of the client; null for any client. */
  readonly client: string | null;
  /** A name, `*.example.com`, an address, a CIDR prefix, `@role` or `*`. */
  readonly to: string;
  /** "tcp/443", "8000-8099", "53", "icmp"; null for any. */
  readonly port: string | null;
  readonly protocol: string | null;
  readonly label: string | null;
  /** Oldest version of TLS that is accepted. */
  readonly minTls: string | null;
  /** No finding when it is absent. */
  readonly isOptional: boolean;
}

/** An expected DNS look-up of a name that no contact covers. */
export interface LookupEntry {
  readonly client: string | null;
  /** A name, or `*.example.com`. */
  readonly name: string;
  readonly isOptional: boolean;
}

export interface Snapshot {
  /** Addresses and prefixes by role, in the order of the file. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly include: readonly LeftOutKind[];
  readonly contacts: readonly ContactEntry[];
  readonly lookups: readonly LookupEntry[];
}

/** Connections of a capture that a snapshot does not tell apart. */
export interface Contact {
  readonly client: string | null;
  /** Host name; null where the connections show none. */
  readonly name: string | null;
  /** Addresses of the server; with `MAX_ADDRESSES` of them, some may be missing. */
  readonly addresses: Set<string>;
  /** The prefix of the app table that the address lies in; null for names and other addresses. */
  readonly range: string | null;
  readonly port: string;
  readonly protocol: string | null;
  /** App; null where none is known. */
  readonly label: string | null;
  /** Oldest version of TLS among its connections. */
  tls: string | null;
  readonly amount: ContactAmount;
}

/** A name that the capture's clients asked DNS for. */
export interface Lookup {
  readonly client: string | null;
  readonly name: string;
  readonly amount: ContactAmount;
}

/** How often a contact occurred, and its first connections. */
export interface ContactAmount {
  connections: number;
  packets: number;
  bytes: number;
  readonly proofs: ConnectionProof[];
}

/** All contacts of a capture. */
export interface Contacts {
  readonly contacts: readonly Contact[];
  readonly lookups: readonly Lookup[];
  /** Connections left out, by reason. */
  readonly leftOut: Readonly<Record<LeftOutKind, number>>;
  /** Contacts beyond the bound, which are missing. */
  readonly refused: number;
}

/** A key of a contact whose value is not the expected one. */
export interface ContactChange {
  key: 'protocol' | 'label' | 'tls';
  expected: string;
  found: string | null;
}

/** A difference between a snapshot and a capture. */
export interface SnapshotFinding {
  kind: 'new' | 'gone' | 'changed';
  what: 'contact' | 'lookup';
  client: string | null;
  /** The name or address; for a contact that is gone, as the file writes it. */
  to: string;
  port: string | null;
  protocol: string | null;
  label: string | null;
  changes: ContactChange[];
  /** Line of the entry in the snapshot file, from 1; null for what is new. */
  line: number | null;
  connections: number;
  packets: number;
  bytes: number;
  /** The first connections; empty for what is gone. */
  proofs: ConnectionProof[];
}

/** What `dpi snapshot test --json` prints, which `schema/snapshot-test.schema.json` documents. */
export interface SnapshotTest {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  /** Path of the snapshot. */
  snapshot: string;
  inputs: InputRow[];
  total_packets: number;
  total_connections: number;
  /** Contacts and look-ups of the captures. */
  contacts: number;
  lookups: number;
  /** Entries of the snapshot. */
  entries: number;
  /** Connections that count as no contact, by reason. */
  left_out: Record<LeftOutKind, number>;
  findings: SnapshotFinding[];
  /** Packets that could not be read, by cause. */
  unread: UnreadPackets[];
  limits: Record<string, number>;
  warnings: string[];
}
