import type { BoundedTable } from './bounded-table.js';
import * as H from './host-row.js';
import { LINK_ARP, LINK_SEEN, type LinkAddresses } from './link-addresses.js';

/** What MAC addresses show of hosts, by the hosts' rows. */
export interface LinkRoles {
  /** The hosts' own MAC addresses. */
  readonly macs: ReadonlyMap<number, string>;
  readonly gateways: ReadonlySet<number>;
}

/** A host that frames tie to a MAC address. */
interface Tied {
  readonly row: number;
  /** LINK_* */
  readonly strength: number;
  readonly isPrivate: boolean;
  /** The /24 or /64 of its address. */
  readonly network: string;
}

/**
 * Whose MAC address is whose. A frame from or to a host on another network has the router's: an address that stands for
 * hosts of several networks is a router's. It is the own one of the host that ARP or unrouted packets show, else of its
 * only private address; that host is a gateway. A public address has no MAC address without such proof.
 */
export function linkRoles(table: BoundedTable, links: LinkAddresses): LinkRoles {
  const macs = new Map<number, string>();
  const gateways = new Set<number>();
  for (const [id, hosts] of hostsByLink(table, links)) {
    const foreign = hosts.filter(({ strength, isPrivate }) => strength === LINK_SEEN && !isPrivate);
    const proven = hosts.filter(({ strength }) => strength > LINK_SEEN);
    const neighbours = hosts.filter(({ strength, isPrivate }) => strength === LINK_SEEN && isPrivate);
    const isRouter = new Set(foreign.map(({ network }) => network)).size > 1;
    const areSure = !isRouter || (proven.length === 0 && new Set(neighbours.map(({ network }) => network)).size === 1);
    const own = areSure ? [...proven, ...neighbours] : proven;
    for (const { row } of own) {
      macs.set(row, links.textOf(id));
      if (isRouter) gateways.add(row);
    }
  }
  return { macs, gateways };
}

function hostsByLink({ words, used }: BoundedTable, links: LinkAddresses): Map<number, Tied[]> {
  const byLink = new Map<number, Tied[]>();
  for (let row = 1; row <= used; row++) {
    const w = row * H.ROW_WORDS;
    const isIpv4 = words[w + H.FAMILY] === 4;
    const arp = isIpv4 ? (links.arp.get(words[w]!) ?? 0) : 0;
    const link = arp !== 0 ? arp | (LINK_ARP << 16) : words[w + H.LINK]!;
    if (link === 0 || (isIpv4 ? isGroup4(words[w]!) : words[w]! >>> 24 === 0xff)) continue;
    const network = isIpv4 ? String(words[w]! >>> 8) : `${words[w]}:${words[w + 1]}`;
    const isPrivate = isIpv4 ? isPrivate4(words[w]!) : isPrivate6(words[w]!);
    const hosts = byLink.get(link & 0xffff) ?? [];
    hosts.push({ row, strength: link >>> 16, isPrivate, network });
    byLink.set(link & 0xffff, hosts);
  }
  return byLink;
}

/** Multicast and broadcast. */
function isGroup4(word: number): boolean {
  return word >>> 28 >= 14;
}

/** RFC 1918, and link-local addresses (RFC 3927). */
function isPrivate4(word: number): boolean {
  return word >>> 24 === 10 || word >>> 20 === 0xac1 || word >>> 16 === 0xc0a8 || word >>> 16 === 0xa9fe;
}

/** Unique local addresses (RFC 4193) and link-local ones (RFC 4291 §2.5.6). */
function isPrivate6(word: number): boolean {
  return word >>> 25 === 0x7e || word >>> 22 === 0x3fa;
}
