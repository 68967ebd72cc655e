import type { PacketBatch } from '../capture/packet-batch.js';
import { i32, u16, u32 } from '../common/bytes.js';
import type { AddressWords } from '../flow/address-table.js';
import { IPV6_BIT, type PacketColumns } from '../flow/packet-columns.js';

/** Ethernet II: destination, source, EtherType. */
const LINKTYPE_ETHERNET = 1;
const MAC_LEN = 6;
const ETHER_TYPE = 12;
const HEADER_LEN = 14;
const VLAN = 0x8100;
const VLAN_TAG_LEN = 4;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ARP = 0x0806;
const IPV4_TTL = 8;
const IPV4_SOURCE = 12;
const IPV4_LEN = 20;
const IPV6_HOP_LIMIT = 7;
const IPV6_SOURCE_END = 20;
const IPV6_LEN = 40;
/** Hardware and protocol type and their lengths, then the sender's MAC and IPv4 address (RFC 826). */
const ARP_ETHERNET_IPV4 = 0x0001_0800;
const ARP_LENGTHS = 0x0604;
const ARP_SENDER = 8;
const ARP_LEN = 28;
/** Bit of the first byte: the address is a group's. */
const GROUP = 1;
/** Time-to-live of packets that no router has passed on, as systems send them. */
const FIRST_TTLS = [64, 128, 255];

/** Ids are 15 bits. */
const MAX_ADDRESSES = 0x7fff;
const ID_MASK = 0x7fff;
const DESTINATION_SHIFT = 15;
const IS_LOCAL = 1 << 30;
const MAX_ARP = 4096;

/** How an address was tied to a MAC address: a frame to or from it, one that no router passed on, ARP. */
export const LINK_SEEN = 1;
const LINK_LOCAL = 2;
export const LINK_ARP = 3;

/** MAC addresses of frames, by small ids from 1. */
export class LinkAddresses {
  /** By id: the address as a number of 48 bits. */
  readonly values: number[] = [0];
  /** IPv4 address to id, by ARP. */
  readonly arp = new Map<number, number>();
  private readonly ids = new Map<number, number>();
  /** The addresses looked up last. */
  private lastSource = -1;
  private lastSourceId = 0;
  private lastDestination = -1;
  private lastDestinationId = 0;

  constructor(
    private readonly columns: PacketColumns,
    private readonly addresses: AddressWords,
  ) {}

  /**
   * The ids of source and destination of a packet's frame in one word, 0 where the frame is no Ethernet frame or
   * carries the addresses of the connection inside a tunnel.
   */
  ofPacket(batch: PacketBatch, i: number): number {
    if (batch.linkType[i] !== LINKTYPE_ETHERNET) return 0;
    const { buf } = batch;
    const start = batch.frameStart[i]!;
    const end = batch.frameEnd[i]!;
    if (end - start < HEADER_LEN + IPV4_LEN) return 0;
    let network = start + HEADER_LEN;
    let etherType = u16(buf, start + ETHER_TYPE);
    if (etherType === VLAN) {
      etherType = u16(buf, network + 2);
      network += VLAN_TAG_LEN;
    }
    const isIpv6 = etherType === IPV6;
    if ((!isIpv6 && etherType !== IPV4) || end - network < (isIpv6 ? IPV6_LEN : IPV4_LEN)) return 0;
    if (!this.isSource(buf, network, i, isIpv6)) return 0;
    const ttl = buf[network + (isIpv6 ? IPV6_HOP_LIMIT : IPV4_TTL)]!;
    const source = this.sourceId(buf, start + MAC_LEN);
    const destination = this.destinationId(buf, start);
    return source | (destination << DESTINATION_SHIFT) | (FIRST_TTLS.includes(ttl) ? IS_LOCAL : 0);
  }

  /** Takes the sender of an ARP message, where packet `i` is one. */
  learnArp(batch: PacketBatch, i: number): void {
    const { buf } = batch;
    const start = batch.frameStart[i]!;
    const message = start + HEADER_LEN;
    if (batch.linkType[i] !== LINKTYPE_ETHERNET || batch.frameEnd[i]! - message < ARP_LEN) return;
    if (u16(buf, start + ETHER_TYPE) !== ARP || u32(buf, message) !== ARP_ETHERNET_IPV4) return;
    if (u16(buf, message + 4) !== ARP_LENGTHS) return;
    const address = i32(buf, message + ARP_SENDER + MAC_LEN);
    if (address === 0 || this.arp.size >= MAX_ARP) return;
    const id = this.sourceId(buf, message + ARP_SENDER);
    if (id !== 0) this.arp.set(address, id);
  }

  /** "00:1b:21:3c:9d:f8". */
  textOf(id: number): string {
    return this.values[id]!.toString(16)
      .padStart(12, '0')
      .replace(/..(?!$)/g, '$&:');
  }

  /** The frame's IP header is the one that the connection goes by. */
  private isSource(buf: Buffer, network: number, i: number, isIpv6: boolean): boolean {
    const { columns, addresses } = this;
    if (((columns.proto[i]! & IPV6_BIT) !== 0) !== isIpv6) return false;
    const source = columns.fromB[i] === 0 ? columns.addrA[i]! : columns.addrB[i]!;
    if (!isIpv6) return i32(buf, network + IPV4_SOURCE) === source;
    return i32(buf, network + IPV6_SOURCE_END) === addresses.word(source, 3);
  }

  private sourceId(buf: Buffer, at: number): number {
    const value = u16(buf, at) * 2 ** 32 + u32(buf, at + 2);
    if (value !== this.lastSource) {
      this.lastSource = value;
      this.lastSourceId = (buf[at]! & GROUP) !== 0 ? 0 : this.idOf(value);
    }
    return this.lastSourceId;
  }

  private destinationId(buf: Buffer, at: number): number {
    const value = u16(buf, at) * 2 ** 32 + u32(buf, at + 2);
    if (value !== this.lastDestination) {
      this.lastDestination = value;
      this.lastDestinationId = (buf[at]! & GROUP) !== 0 ? 0 : this.idOf(value);
    }
    return this.lastDestinationId;
  }

  private idOf(value: number): number {
    if (value === 0) return 0;
    const known = this.ids.get(value);
    if (known !== undefined) return known;
    if (this.values.length > MAX_ADDRESSES) return 0;
    this.ids.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}

/** The id and the strength (LINK_*) of the frame's source, as a host's row keeps them; 0 for none. */
export function sourceLink(packed: number): number {
  const id = packed & ID_MASK;
  return id === 0 ? 0 : id | (((packed & IS_LOCAL) !== 0 ? LINK_LOCAL : LINK_SEEN) << 16);
}

/** The same of the destination. */
export function destinationLink(packed: number): number {
  const id = (packed >>> DESTINATION_SHIFT) & ID_MASK;
  return id === 0 ? 0 : id | (LINK_SEEN << 16);
}
