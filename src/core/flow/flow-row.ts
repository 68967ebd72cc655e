/**
 * A connection's row in the flow table: 32 words of 32 bits. The first half is what every packet touches, 64 bytes that
 * lie in one cache line or two (memory of such a size begins 16 bytes behind a page with glibc). Fields marked as
 * doubles take two words: index them as word >> 1 in the Float64Array view of the same buffer.
 */
export const ROW_WORDS = 32;
export const ROW_SHIFT = 5;

/** Key, as in PacketColumns. */
export const ADDR_A = 0;
export const ADDR_B = 1;
export const PORTS = 2;
export const PROTO = 3;
/** FLOW_* bits. */
export const FLAGS = 4;
/** Packets from A and from B, modulo 2^32. */
export const PACKETS_A = 5;
export const PACKETS_B = 6;
/** Payload packets that the inspectors were shown (low half), inspector that the connection stays with + 1 (high). */
export const INSPECTED = 7;
/** Doubles: wire bytes from A, from B, time of the last packet (µs since the epoch). */
export const BYTES_A = 8;
export const BYTES_B = 10;
export const LAST_MICROS = 12;
/** Sequence number of the next payload byte in order, from A and from B; meaningful with FLOW_SEQ_A, FLOW_SEQ_B. */
export const SEQ_A = 14;
export const SEQ_B = 15;
/** Double. */
export const FIRST_MICROS = 16;
/** Double: wire bytes of the packets that the rules drop. */
export const DROPPED_BYTES = 18;
/** First name seen (NameTable id), 0 for none. */
export const NAME = 20;
/**
 * App by name, range or signature (low half; 0 is unknown), protocol spoken (high half: ProtocolNames id, 0 for none).
 */
export const APP = 21;
/** Entry of the app table that matched + 1; 0 for none; ENTRY_ENDPOINT_* when a call's set-up showed that end. */
export const APP_ENTRY = 22;
export const ENTRY_ENDPOINT_A = -1;
export const ENTRY_ENDPOINT_B = -2;
/** Evidence source (EVIDENCE_*) in the low byte, confidence in the next. */
export const EVIDENCE = 23;
/** Packet number in the capture that proved the label, modulo 2^32; 0 for none. */
export const EVIDENCE_PACKET = 24;
/** Index of what inspection keeps of this connection beside the row, with FLOW_STATE only. */
export const STATE = 25;
/** Initial sequence numbers, meaningful with FLOW_SYN_A, FLOW_SYN_B. */
export const ISN_A = 26;
export const ISN_B = 27;
/** Name that a DNS answer gave the responder's address (NameTable id), 0 for none. */
export const HINT_NAME = 28;
/** Rule that decided + 1, 0 for none. */
export const RULE = 29;
/** Ordinal of the connection, from 1, modulo 2^32. */
export const ID = 30;
export const DROPPED_PACKETS = 31;
