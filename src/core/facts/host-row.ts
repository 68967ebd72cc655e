import { ADDRESS_WORDS } from './address-words.js';

/** A host's row: 28 words. Its key is its address and 4 or 6; the doubles take two words each. */
export const FAMILY = ADDRESS_WORDS;
export const KEY_WORDS = FAMILY + 1;
/** First of its label amounts, 0 for none. */
export const LABELS = 5;
export const AS_CLIENT = 6;
export const AS_SERVER = 7;
export const LOOKUPS = 8;
/** ROLE_* bits. */
export const ROLES = 9;
/** Link address id, and how well it is known (LINK_*) in the upper half. */
export const LINK = 10;
/** NameTable id of the name that a DNS answer gave it last. */
export const NAMED = 11;
export const BYTES_OUT = 12;
export const BYTES_IN = 14;
export const PACKETS_OUT = 16;
export const PACKETS_IN = 18;
/** Microseconds since the epoch. */
export const FIRST_MICROS = 20;
export const LAST_MICROS = 22;
/** Of its connections, at either end: segments sent again, and round trips with their sum in µs. */
export const RETRANSMITTED = 24;
export const RTT_COUNT = 25;
export const RTT_MICROS = 26;
export const ROW_WORDS = 28;

export const ROLE_DNS_SERVER = 1;
export const ROLE_DHCP_SERVER = 2;
export const ROLE_GATEWAY = 4;
/** It began a connection. Reports list it as none of the roles. */
export const ROLE_CLIENT = 8;
