/** Bits of a flow row's flags. Of pairs, FLOW_…_A << 1 is B's. */

/** Endpoint B is the initiator, as far as headers and payload have shown. */
export const FLOW_INITIATOR_B = 1;
/** A sent a SYN. Of such pairs FLOW_…_A << 1 is B's. */
export const FLOW_SYN_A = 2;
const FLOW_SYN_B = 4;
export const FLOW_FIN_A = 8;
const FLOW_FIN_B = 16;
export const FLOW_RST = 32;
export const FLOW_PAYLOAD_A = 64;
export const FLOW_PAYLOAD_B = 128;
/** Nothing more to inspect. */
export const FLOW_INSPECTED = 256;
export const FLOW_ECH = 512;
export const FLOW_NAME_ENCRYPTED = 1024;
/** The capture cut payload off before a name was found. */
export const FLOW_SNAPPED = 2048;
export const FLOW_BLOCKED = 4096;
/** Several names: the others are kept beside the table. */
export const FLOW_MORE_NAMES = 8192;
/** The initiator is certain: a SYN or a request showed it. */
export const FLOW_INITIATOR_SURE = 16384;
/** A sent something beyond the handshake. */
export const FLOW_ESTABLISHED_A = 32768;
export const FLOW_ESTABLISHED_B = 65536;
/** The next sequence number from A is known; from B with FLOW_SEQ_A << 1. */
export const FLOW_SEQ_A = 131072;
/** TLS: what the server says in clear is of interest and has not been read yet. */
export const FLOW_SERVER_HELLO = 524288;
/** STATE holds an index. The flag lies in the first half of the row: most packets then need not fetch the second. */
export const FLOW_STATE = 1048576;
/** The rules were replaced since its last packet, and it was not blocked by then. */
export const FLOW_NEW_RULES = 2097152;
/** A DNS message has named it: EVIDENCE, in the second half of the row, says whether that still counts. */
export const FLOW_ASKED_DNS = 4194304;
/**
 * B opened the connection by what headers say: its SYN or SYN-ACK tells, else the first packet. Payload changes
 * nothing.
 */
export const FLOW_OPENER_B = 8388608;
/** A message of a known protocol whose name could not be read. */
export const FLOW_MALFORMED = 1073741824;
/** The TLS server sent a HelloRetryRequest: its client's next hello is of interest. */
export const FLOW_RETRY = 1 << 31;
/**
 * TCP: inspected, but another copy of what was inspected may still come and be the one that the receiver takes: its
 * acknowledgment has not been seen.
 */
export const FLOW_WATCHED = 16777216;
/** A fills in checksums, or leaves them to its network card: a wrong one is no mistake of the capture. */
export const FLOW_SUMMED_A = 33554432;
/** A's SYN offered time stamps (RFC 7323 §3.2). FLOW_SUMMED_B and FLOW_STAMPED_B lie between and behind. */
export const FLOW_STAMPED_A = 134217728;
/** TCP: segments of its client may still be among the latest that are kept (RecentSegments). */
export const FLOW_RECENT = 536870912;

export const FLOW_SYNS = FLOW_SYN_A | FLOW_SYN_B;
export const FLOW_CLOSED = FLOW_FIN_A | FLOW_FIN_B;
export const FLOW_PAYLOADS = FLOW_PAYLOAD_A | FLOW_PAYLOAD_B;
