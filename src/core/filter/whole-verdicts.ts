import { NumberSet, PagedInts } from './paged-ints.js';

/**
 * The first pass's final verdicts, which the second pass looks up by numbers that both passes assign alike. Rules are
 * stored as their number + 1, 0 for none.
 */
export class WholeVerdicts {
  /** The rule that decided a connection as a whole, by connection ID; 1 for one that a selection picks. */
  readonly connectionRules = new PagedInts();
  /** Connection ID of an IP datagram that came in fragments, by fragment group. */
  readonly groupConnections = new PagedInts();
  /** The rule that decided such a datagram on its own, as a DNS message. */
  readonly groupRules = new PagedInts();
  /** Numbers of the packets that are decided on their own, as DNS messages. */
  readonly packets = new NumberSet();
}
