import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { afterTag } from './ethernet.js';
import { LAYER_ETHERNET } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Tags that a switch chip adds for its CPU between addresses and EtherType (LINKTYPE_DSA_TAG_… of tcpdump.org). */
const ADDRESSES_LEN = 12;
const ETHER_TYPE_LEN = 2;

/** Marvell DSA and Broadcom: four bytes. With Marvell's own EtherType: type, two reserved bytes, tag. */
const TAG_LEN = 4;
const EDSA_TAG_LEN = 8;

/** Marvell DSA (link type 284) and Broadcom (281): the tag has no EtherType of its own. */
export function decodeSwitchTag(view: PacketView): number {
  return afterTag(view, ADDRESSES_LEN + TAG_LEN + ETHER_TYPE_LEN);
}

/** Marvell EDSA as a link type (285). */
export function decodeEdsa(view: PacketView): number {
  return afterTag(view, ADDRESSES_LEN + EDSA_TAG_LEN + ETHER_TYPE_LEN);
}

/** Marvell EDSA behind its EtherType, 0xdada as Linux programs it. */
export function decodeEdsaTag(view: PacketView): number {
  return afterTag(view, EDSA_TAG_LEN);
}

/** Broadcom's older tag behind its EtherType, 0x8874: four bytes. */
export function decodeBroadcomLegacyTag(view: PacketView): number {
  return afterTag(view, TAG_LEN + ETHER_TYPE_LEN);
}

/** Broadcom's tag in front of the Ethernet frame (link type 282). */
export function decodePrependedTag(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < TAG_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + TAG_LEN;
  return LAYER_ETHERNET;
}
