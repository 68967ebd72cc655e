import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { ETHER_TYPES, MIN_ETHER_TYPE } from './ether-types.js';
import { LAYER_END, LAYER_LLC, LAYER_RADIOTAP, LAYER_SLL } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Linux cooked capture, version 1 (LINKTYPE_LINUX_SLL). */
const DEVICE_TYPE = 2;
const PROTOCOL = 14;
const HEADER_LEN = 16;

/** ARPHRD_ values whose protocol field is no EtherType. */
const DEVICE_NETLINK = 824;
const DEVICE_RADIOTAP = 803;
/** Pseudo protocol: the payload is an 802.2 LLC frame. */
const PROTOCOL_LLC = 0x0004;

export function decodeSll(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, LAYER_SLL, TRUNCATED_LINK_HEADER, start);
  view.cursor = start + HEADER_LEN;
  return cookedPayload(u16(buf, start + DEVICE_TYPE), u16(buf, start + PROTOCOL));
}

/** Whether the protocol field of a cooked header is an EtherType, by the ARPHRD_ device type. */
export function carriesEtherType(deviceType: number): boolean {
  return deviceType !== DEVICE_NETLINK && deviceType !== DEVICE_RADIOTAP;
}

/** The layer behind a cooked header, by the ARPHRD_ device type and the protocol field. */
export function cookedPayload(deviceType: number, protocol: number): number {
  if (deviceType === DEVICE_NETLINK) return LAYER_END;
  if (deviceType === DEVICE_RADIOTAP) return LAYER_RADIOTAP;
  if (protocol === PROTOCOL_LLC) return LAYER_LLC;
  return protocol >= MIN_ETHER_TYPE ? ETHER_TYPES[protocol]! : LAYER_END;
}
