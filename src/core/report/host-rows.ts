import type { RowLabels } from '../classify/row-labels.js';
import { milliseconds } from '../facts/histogram.js';
import * as H from '../facts/host-row.js';
import type { Hosts } from '../facts/hosts.js';
import { type LinkRoles, linkRoles } from '../facts/link-roles.js';
import type { Pairs } from '../facts/pairs.js';
import { ipv4Text, ipv6Text } from './address-text.js';
import type { HostLabel, HostRow, PairRow } from './model.js';

/** Stands for hosts, pairs and labels that the report has no room for. */
const OTHER = 'other';
const NO_LINKS: LinkRoles = { macs: new Map(), gateways: new Set() };

/** Packets in no connection, which no host has. */
export interface RestAmounts {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * The hosts with the most bytes, at most `top`, in order; then a row "other" for what was evicted and what belongs to
 * no connection, so that packets and bytes of each direction add up to the capture's.
 */
export function hostRows(hosts: Hosts, labels: RowLabels, rest: RestAmounts, top: number): HostRow[] {
  const { weights, used } = hosts.table;
  const links = hosts.links === null ? NO_LINKS : linkRoles(hosts.table, hosts.links);
  const order = Array.from({ length: used }, (_, n) => n + 1);
  order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const rows: HostRow[] = [];
  for (let n = 0; n < order.length && n < top; n++) rows.push(hostRow(hosts, labels, links, order[n]!));
  const other = hostRow(hosts, labels, links, 0);
  other.packets_out += rest.packets;
  other.packets_in += rest.packets;
  other.bytes_out += rest.bytes;
  other.bytes_in += rest.bytes;
  if (other.packets_out > 0 || other.packets_in > 0) rows.push(other);
  return rows;
}

/** The pairs with the most bytes, at most `top`, then one named "other" for those that were evicted. */
export function pairRows(pairs: Pairs, labels: RowLabels, top: number): PairRow[] {
  return pairs.rows(top).map(({ words, client, server, family, label, connections, packets, bytes }) => ({
    client: family === 0 ? OTHER : addressText(words, client, family),
    server: family === 0 ? OTHER : addressText(words, server, family),
    label: family === 0 ? OTHER : labels.textOf(label),
    connections,
    packets,
    bytes,
  }));
}

/** Row 0 is no host: it has the sums of those that were evicted. */
function hostRow(hosts: Hosts, labels: RowLabels, links: LinkRoles, row: number): HostRow {
  const { words, doubles } = hosts.table;
  const w = row * H.ROW_WORDS;
  const d = w >> 1;
  const isHost = row !== 0;
  return {
    address: isHost ? addressText(words, w, words[w + H.FAMILY]!) : OTHER,
    mac: isHost ? (links.macs.get(row) ?? null) : null,
    names: isHost ? (hosts.names?.namesOf(words, w, words[w + H.FAMILY] === 6) ?? []) : [],
    roles: isHost ? rolesOf(roleBits(hosts, row) | (links.gateways.has(row) ? H.ROLE_GATEWAY : 0)) : [],
    packets_out: doubles[d + (H.PACKETS_OUT >> 1)]!,
    packets_in: doubles[d + (H.PACKETS_IN >> 1)]!,
    bytes_out: doubles[d + (H.BYTES_OUT >> 1)]!,
    bytes_in: doubles[d + (H.BYTES_IN >> 1)]!,
    connections_as_client: words[w + H.AS_CLIENT]! >>> 0,
    connections_as_server: words[w + H.AS_SERVER]! >>> 0,
    lookups: words[w + H.LOOKUPS]! >>> 0,
    rtt_ms: rttOf(hosts, row),
    retransmitted_packets: hosts.quality === null ? null : words[w + H.RETRANSMITTED]! >>> 0,
    labels: isHost ? hostLabels(hosts, labels, row) : [],
    first_seen: isHost ? doubles[d + (H.FIRST_MICROS >> 1)]! / 1e6 : null,
    last_seen: isHost ? doubles[d + (H.LAST_MICROS >> 1)]! / 1e6 : null,
  };
}

/** The mean round trip of its connections; null where none was measured. */
function rttOf({ table: { words, doubles } }: Hosts, row: number): number | null {
  const w = row * H.ROW_WORDS;
  const count = words[w + H.RTT_COUNT]!;
  return count === 0 ? null : milliseconds(doubles[(w + H.RTT_MICROS) >> 1]! / count);
}

function hostLabels({ table, labelAmounts }: Hosts, labels: RowLabels, row: number): HostLabel[] {
  const { words, doubles } = table;
  const w = row * H.ROW_WORDS;
  const listed = labelAmounts.listOf(words[w + H.LABELS]!).map(({ label, bytes }) => {
    return { label: labels.textOf(label), bytes };
  });
  listed.sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
  const total = doubles[(w + H.BYTES_OUT) >> 1]! + doubles[(w + H.BYTES_IN) >> 1]!;
  const rest = total - listed.reduce((sum, { bytes }) => sum + bytes, 0);
  return rest > 0 ? [...listed, { label: OTHER, bytes: rest }] : listed;
}

/** What its connections show, and what DHCP says of it. */
function roleBits({ table, names }: Hosts, row: number): number {
  const { words } = table;
  const w = row * H.ROW_WORDS;
  const told = words[w + H.FAMILY] === 4 && names !== null ? names.rolesOf(words[w]!) : 0;
  return words[w + H.ROLES]! | told;
}

function rolesOf(bits: number): string[] {
  const roles: string[] = [];
  if ((bits & H.ROLE_DHCP_SERVER) !== 0) roles.push('dhcp-server');
  if ((bits & H.ROLE_DNS_SERVER) !== 0) roles.push('dns-server');
  if ((bits & H.ROLE_GATEWAY) !== 0) roles.push('gateway');
  return roles;
}

function addressText(words: Int32Array, w: number, family: number): string {
  return family === 4 ? ipv4Text(words[w]!) : ipv6Text(words[w]!, words[w + 1]!, words[w + 2]!, words[w + 3]!);
}
