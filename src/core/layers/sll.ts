import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_CONTROL, LAYER_LLC, LAYER_RADIOTAP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Linux cooked capture, version 1 (LINKTYPE_LINUX_SLL). */
const SLL_DEVICE_TYPE = 2;
const SLL_PROTOCOL = 14;
const SLL_HEADER_LEN = 16;

/** Version 2 (LINKTYPE_LINUX_SLL2). */
const SLL2_PROTOCOL = 0;
const SLL2_DEVICE_TYPE = 8;
const SLL2_HEADER_LEN = 20;

/** ARPHRD_ values whose protocol field is no EtherType. */
const DEVICE_NETLINK = 824;
const DEVICE_RADIOTAP = 803;
/** Pseudo protocol: the payload is an 802.2 LLC frame. */
const PROTOCOL_LLC = 0x0004;

export function decodeSll(view: PacketView): number {
  return decodeCooked(view, SLL_HEADER_LEN, SLL_DEVICE_TYPE, SLL_PROTOCOL);
}

export function decodeSll2(view: PacketView): number {
  return decodeCooked(view, SLL2_HEADER_LEN, SLL2_DEVICE_TYPE, SLL2_PROTOCOL);
}

/** Whether the protocol field of a cooked header is an EtherType, by the ARPHRD_ device type. */
export function carriesEtherType(deviceType: number): boolean {
  return deviceType !== DEVICE_NETLINK && deviceType !== DEVICE_RADIOTAP;
}

/** Reads a cooked header of `headerLen` bytes whose device type and protocol lie at the offsets given. */
function decodeCooked(view: PacketView, headerLen: number, deviceTypeAt: number, protocolAt: number): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < headerLen) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + headerLen;
  const deviceType = u16(buf, start + deviceTypeAt);
  const protocol = u16(buf, start + protocolAt);
  if (deviceType === DEVICE_NETLINK) return LAYER_CONTROL;
  if (deviceType === DEVICE_RADIOTAP) return LAYER_RADIOTAP;
  if (protocol === PROTOCOL_LLC) return LAYER_LLC;
  return etherTypeLayer(view, protocol);
}
