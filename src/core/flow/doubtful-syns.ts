import { FLOW_CLOSED, FLOW_ESTABLISHED_A, FLOW_RST, FLOW_SYNS } from './flow-flags.js';
import * as F from './flow-row.js';
import type { PacketColumns } from './packet-columns.js';
import { isNewSyn, TCP_ACK } from './tcp-state.js';

/** Connections with such a SYN that are remembered; beyond it each new SYN begins a connection. */
const MAX_DOUBTFUL = 4096;
const ESTABLISHED = FLOW_ESTABLISHED_A | (FLOW_ESTABLISHED_A << 1);

/**
 * Says whether a SYN begins another connection on its 5-tuple. Within one that both ends have taken up, and neither has
 * ended, a receiver answers a SYN with a challenge ACK and goes on (RFC 5961 §4): the SYN is a fake, or its sender has
 * forgotten the connection. It begins another one only if a SYN-ACK answers it.
 */
export class DoubtfulSyns {
  /** Sequence number of the SYN, by row. */
  private readonly byRow = new Map<number, number>();

  /** Packet `i`, a SYN or SYN-ACK on the 5-tuple of the row at `w`, begins another connection. */
  begins(words: Int32Array, row: number, columns: PacketColumns, i: number): boolean {
    const w = row << F.ROW_SHIFT;
    const { byRow } = this;
    if ((columns.tcpFlags[i]! & TCP_ACK) !== 0) {
      const doubtful = byRow.size === 0 ? undefined : byRow.get(row);
      if (doubtful !== undefined && ((doubtful + 1) | 0) === columns.tcpAck[i]) return true;
    }
    if (!isNewSyn(words, w, columns, i)) return false;
    const flags = words[w + F.FLAGS]!;
    const isOpen = (flags & FLOW_SYNS) === FLOW_SYNS && (flags & ESTABLISHED) !== 0;
    const isMidway = isOpen && (flags & (FLOW_RST | FLOW_CLOSED)) === 0;
    if ((columns.tcpFlags[i]! & TCP_ACK) !== 0 || !isMidway || byRow.size >= MAX_DOUBTFUL) return true;
    byRow.set(row, columns.tcpSeq[i]!);
    return false;
  }

  /** The connection has ended. */
  drop(row: number): void {
    if (this.byRow.size > 0) this.byRow.delete(row);
  }
}
