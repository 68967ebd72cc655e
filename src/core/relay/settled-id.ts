import { TCP } from '../common/ip-protocols.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { beginsRetryRequest, laterHelloStart } from '../inspect/later-hello.js';

/**
 * The second half says by an ID which connections need no more packets. A packet that begins a hello may change that:
 * it gives the connection another ID in both halves, so that nothing said before it counts, whenever it was read.
 */

/** Odd, and far from every small number when multiplied by one: IDs of connections count upwards. */
const STEP = 0x9e3779b1 | 0;

/** The ID that follows `id` when a packet of its connection begins a hello. */
export function nextSettledId(id: number): number {
  return (id + STEP) | 0;
}

/** True when the payload of packet `i` seems to begin a client's hello, or asks for one. */
export function beginsLaterHello(columns: PacketColumns, i: number): boolean {
  const buf = columns.buffers[columns.bufIndex[i]!]!;
  const start = columns.payloadStart[i]!;
  const end = columns.payloadEnd[i]!;
  const protocol = columns.proto[i]! & 255;
  return laterHelloStart(buf, start, end, protocol) >= 0 || (protocol === TCP && beginsRetryRequest(buf, start, end));
}
