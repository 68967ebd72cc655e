import type { Writable } from 'node:stream';
import type { Difference } from '../../core/sanitize/compare-labels.js';
import type { PlanOutcome } from '../../core/sanitize/plan-connection.js';
import type { SecretKind } from '../../core/sanitize/secret-search.js';
import type { OnProgress } from '../shared/progress.js';

export interface SanitizeOptions {
  /** Secret that all replacements derive from; the same one gives the same replacements. Random unless given. */
  readonly secret?: string | Buffer;
  /** Names that stay, with those below them. */
  readonly keepNames?: readonly string[];
  /** Names of known apps stay. */
  readonly keepApps?: boolean;
  /** The first three bytes of MAC addresses stay. */
  readonly keepVendors?: boolean;
  readonly keepTime?: boolean;
  /** Zeros stand for payload that is left out; else packets are cut. */
  readonly fillZeros?: boolean;
  readonly appsFiles?: readonly string[];
  readonly stdout?: Writable;
  readonly onOutputClosed?: () => void;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** A secret that survived in the copy. */
export interface Leak {
  readonly kind: SecretKind;
  /** Packet of the copy, 0 for bytes outside of packets. */
  readonly packet: number;
  /** Offset in the packet's frame. */
  readonly offset: number;
}

/** What was done, and what the proof says. */
export interface SanitizeReport {
  readonly schema_version: number;
  readonly generator: string;
  readonly input: string;
  /** Null where nothing was written. */
  readonly output: string | null;
  readonly packets: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly replaced: { readonly ipv4: number; readonly ipv6: number; readonly mac: number; readonly names: number };
  readonly kept_names: readonly string[];
  readonly time_shift_seconds: number;
  readonly is_key_random: boolean;
  /** Connections by how their label came into the copy. */
  readonly connections: Readonly<Record<PlanOutcome, number>>;
  /** Bytes that stay without being understood. */
  readonly verbatim_bytes: number;
  /** Places of packets that became zeros because the search found something old there. */
  readonly scrubbed_places: number;
  /** Parts of the file that were left out, with how often. */
  readonly left_out: Readonly<Record<string, number>>;
  readonly proof: {
    readonly holds: boolean;
    readonly compared_connections: number;
    readonly differences: readonly Difference[];
    readonly searched_bytes: number;
    readonly searched_for: number;
    /** Old names too short to look for. */
    readonly short_names: number;
    /** Places where bytes equal an old address, but are no address: new bytes, or numbers of headers. */
    readonly coincidences: number;
    readonly leaks: readonly Leak[];
  };
  readonly warnings: readonly string[];
}
