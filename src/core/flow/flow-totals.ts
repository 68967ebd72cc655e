import type { DecodeCounters } from './decode-stage.js';
import type { UnreadRow } from './unread-counts.js';

/** What the first half of an analysis has counted: packets, and how it came off with its bounds. */
export interface FlowTotals {
  readonly packets: number;
  /** On the wire. */
  readonly bytes: number;
  /** Earliest and latest time stamp, µs since the epoch; infinite without packets. */
  readonly firstMicros: number;
  readonly lastMicros: number;
  readonly counters: DecodeCounters;
  /** Packets that could not be read down to a transport header, by cause; those with the most packets first. */
  readonly unread: readonly UnreadRow[];
  /** Control traffic of the link, such as ARP: not IP, and not unread. */
  readonly notIp: { readonly packets: number; readonly bytes: number };
  /** Number of the first packet whose time stamp runs backwards, 0 for none. */
  readonly firstBackwards: number;
  /** Connections that ended early because there was no room for them. */
  readonly evictedConnections: number;
  /** IP datagrams whose fragments were given up for lack of room. */
  readonly evictedDatagrams: number;
  /** Packets in VLANs or overlay networks that there was no number for. */
  readonly unnumberedSegments: number;
  /** Packets that came a second time in another VLAN or overlay network, and their bytes on the wire. */
  readonly copies: { readonly packets: number; readonly bytes: number; readonly within: number };
}
