import { type IpPrefix, parseIpPrefix } from '../../../core/common/ip-prefix.js';
import { parsePortRange } from '../../../core/policy/port-rules.js';
import type { ContactEntry, Snapshot } from '../../../core/snapshot/model.js';

/** A target format of `snapshot export`. */
export interface SnapshotExport {
  readonly name: string;
  /** For `--help`. */
  readonly description: string;
  /**
   * The lines of the file. Calls `leaveOut` for each entry that the format can't express, or only in part, with the
   * rest of the sentence "3 entries …".
   */
  write(snapshot: Snapshot, leaveOut: LeaveOut): Iterable<string>;
}

export type LeaveOut = (entry: ContactEntry, reason: string) => void;

/** The ends of an entry: a name or suffix, prefixes, or anything. */
export interface EntryEnds {
  readonly name: string | null;
  readonly prefixes: readonly IpPrefix[];
  readonly isAny: boolean;
}

/** Ports of an entry by protocol; `protocol` is null for every protocol that has ports. */
export interface EntryPorts {
  readonly protocol: string | null;
  readonly from: number;
  readonly to: number;
}

export function endsOf({ to }: ContactEntry, { roles }: Snapshot): EntryEnds {
  if (to === '*') return { name: null, prefixes: [], isAny: true };
  const texts = to.startsWith('@') ? (roles.get(to.slice(1)) ?? []) : [to];
  const prefixes = texts.flatMap((text) => parseIpPrefix(text) ?? []);
  return { name: prefixes.length > 0 || to.startsWith('@') ? null : to, prefixes, isAny: false };
}

/** Null where the entry accepts every port; "none" for a protocol without ports. */
export function portsOf({ port }: ContactEntry): EntryPorts | null | 'none' {
  if (port === null) return null;
  const range = parsePortRange(port);
  return typeof range === 'string' ? 'none' : range;
}

/** The protocols of a range of ports, in lower case. */
export function protocolsOf({ protocol }: EntryPorts): readonly string[] {
  return protocol === null ? ['tcp', 'udp'] : [protocol];
}

/** A name that YAML, nftables and shells take for nothing else; others come from the wire and are left out. */
export function isPlainName(name: string): boolean {
  return /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/.test(name);
}

export const ODD_NAME = 'left out: the name has characters that the format has no place for';
export const NO_PORTS = 'left out: the protocol has no ports';
