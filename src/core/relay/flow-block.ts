/**
 * What one half of the analysis tells the other, as 32-bit words. Each event begins at an even word with its kind in
 * the low byte and takes an even number of words; doubles lie at even ones.
 */

/**
 * row, address words of A and B, ports, protocol word, FLOW_* bits, connection ID, time (double); of a network segment
 * (SegmentTable), if there is one, the VLANs, an unused word and the overlay network (double); IPv6: 2 × 4 words.
 */
export const BEGUN = 1;
export const BEGUN_WORDS = 10;
export const SEGMENT_WORDS = 4;
export const BEGUN_IPV6_WORDS = 8;
export const MAX_BEGUN_WORDS = BEGUN_WORDS + SEGMENT_WORDS + BEGUN_IPV6_WORDS;
/** A segment with SYN. Sender in the second byte; row, sequence number. */
export const SYN_SEEN = 2;
export const SYN_SEEN_WORDS = 4;
/**
 * A packet of a connection. Sender in the second byte, TCP flags in the third, buffer in the fourth (0 the capture's, 1
 * the annex); row, sequence number, payload's start and end, its length on the wire, time (double), packet number from
 * `firstNumber` on, fragment group, the packet's length on the wire, where its TCP header begins (0 for none).
 */
export const PACKET = 3;
export const PACKET_WORDS = 12;
/**
 * The datagram of the PACKET that follows begins with a QUIC Initial, which has been opened: what InitialOpener knows
 * from `version` to `payloadEnd`, and where in the annex its results begin.
 */
export const INITIAL_OPENED = 4;
export const INITIAL_OPENED_WORDS = 8;
/** row, FLOW_* bits, packets from A and B, bytes from A and B, times of the last and first packet (doubles). */
export const ENDED = 5;
export const ENDED_WORDS = 14;
/**
 * A packet in no connection. What PacketColumns say of it as `loose` in the second byte, buffer in the fourth; where
 * its addresses lie, fragment group, length on the wire, packet number from `firstNumber` on.
 */
export const LOOSE = 6;
export const LOOSE_WORDS = 6;
/** Connections that were silent for too long have ended. */
export const SWEPT = 7;
export const SWEPT_WORDS = 2;

/** Events in the order of their packets. They speak of bytes of the capture, which each half reads for itself. */
export interface FlowBlock {
  /** Packet number that those of the events are relative to. */
  readonly firstNumber: number;
  readonly events: ArrayBuffer;
  /** Words of `events` in use. */
  readonly eventsLen: number;
  /** The part of the capture's buffer that the events speak of; empty where start is not below end. */
  readonly usedStart: number;
  readonly usedEnd: number;
  /** What does not lie in the capture: payload put together from IP fragments, opened Initials. */
  readonly annex: ArrayBuffer;
}
