import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { afterEtherType } from './ethernet.js';
import { type PacketView, truncated } from './packet-view.js';

/** IEEE 802.1Q tag, behind its EtherType: tag control information, then the EtherType of the payload. */
const TAG_CONTROL = 0;
const ETHER_TYPE = 2;
const HEADER_LEN = 4;
const VLAN_ID_MASK = 0x0fff;

/** Reads one tag; a stack of tags (802.1ad, QinQ) comes here once for each, so the innermost two identifiers stay. */
export function decodeVlan(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);

  view.enterVlan(u16(view.buf, start + TAG_CONTROL) & VLAN_ID_MASK);
  view.cursor = start + HEADER_LEN;
  return afterEtherType(view, u16(view.buf, start + ETHER_TYPE));
}
