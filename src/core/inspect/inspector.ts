import type { Coverage } from './coverage.js';
import { FastestCipher } from './quic/fastest-cipher.js';
import type { InitialCipher } from './quic/initial-cipher.js';
import type { ClientHello } from './tls/client-hello.js';

/**
 * The interface of inspectors. An inspector looks at the first bytes of one direction of a TCP
 * connection, or at one UDP datagram, and says whether they speak its protocol and which host they name. It decides by
 * content; ports are only a hint.
 *
 * Inspectors are pure: they neither keep `buf` nor throw nor read outside `[start, end)`.
 */

/** These bytes are not this protocol. */
export const NOT_MINE = 0;
/** Looks like mine so far; ask again with at least `finding.neededLen` bytes from `start`. */
export const NEED_MORE = 1;
/** Mine: the protocol is certain; `finding` holds the name where there is one. */
export const FOUND = 2;
/** Certainly mine, but broken: it yields no name. */
export const MALFORMED = 3;

export type InspectStatus = 0 | 1 | 2 | 3;

/** Initiator to responder. */
export const TO_RESPONDER = 0;
export const TO_INITIATOR = 1;
export type Direction = 0 | 1;

/** The circumstances of the bytes shown. One instance an engine, reused for every call. */
export class InspectContext {
  direction: Direction = TO_RESPONDER;
  srcPort = 0;
  dstPort = 0;
  /**
   * Packet number within the capture, from 1 (as tshark's frame.number). In the last call (`final`), which shows no new
   * bytes, an inspector of datagrams sets it to the packet that brought the last byte it used.
   */
  packetNumber = 0;
  /** Packet time in µs since the epoch. */
  tsMicros = 0;
  /**
   * True when no further byte will come (the connection ended, a gap can't be filled, the budget is spent): answer with
   * what is there instead of NEED_MORE.
   */
  final = false;
  /**
   * Not null when parts of the bytes shown never came, in whose places lie stale bytes: only with `final`, and only for
   * inspectors with `readsOverHoles`.
   */
  coverage: Coverage | null = null;
  /**
   * The inspector's own state for this connection (one for both directions), undefined until it sets one here: the
   * engine keeps what it finds after the call, hands it in again, and gives it to `end()` when inspection is over.
   */
  state: unknown = undefined;
  /** Pieces of hellos that inspectors left out because there were too many, in all calls. */
  refusedPieces = 0;
  /** The cipher that opens QUIC Initials. */
  initialCipher: InitialCipher = new FastestCipher();
}

/** How much a label can be trusted; 0 where there is none. */
export const CONFIDENCE_GUESS = 1;
export const CONFIDENCE_LIKELY = 2;
export const CONFIDENCE_CERTAIN = 3;

export const ROLE_UNKNOWN = 0;
export const ROLE_CLIENT = 1;
export const ROLE_SERVER = 2;

/** What an inspector found. One instance an engine, which the caller resets before each call. */
export class Finding {
  /** Registered name of the protocol spoken, lower case ("tls", "quic", "ssh"); '' keeps the inspector's own name. */
  protocol = '';
  /**
   * The host name as raw wire bytes: `nameBuf[nameStart, nameEnd)`, valid until the next call; -1 when none. The caller
   * normalises (case, trailing dot) and copies.
   */
  nameBuf: Buffer | null = null;
  nameStart = -1;
  nameEnd = -1;
  /** A second host that the same message names, which some servers follow instead: as above, in `nameBuf`. */
  otherNameStart = -1;
  otherNameEnd = -1;
  /** An app that the protocol itself proves without a name (a signature), '' for none; and how sure that is. */
  app = '';
  confidence = CONFIDENCE_CERTAIN;
  /** An encrypted_client_hello extension was present: the name is the outer one, not the site (RFC 9849). */
  ech = false;
  /** The name is there but encrypted, or in a form that an observer on the path can't read (ESNI). */
  nameEncrypted = false;
  /** With NEED_MORE: the least number of bytes from `start` with which another call makes sense. */
  neededLen = 0;
  /**
   * With FOUND: offset behind the message that was read; may lie past `end` when the message (an HTTP body of declared
   * length) goes on in later segments. -1: the rest of the bytes is of no interest.
   */
  consumedEnd = -1;
  /**
   * Which side speaks: ROLE_CLIENT for a request (ClientHello, HTTP request, DNS query), ROLE_SERVER for an answer,
   * ROLE_UNKNOWN otherwise. Shows the initiator where the capture began in the middle.
   */
  role: 0 | 1 | 2 = ROLE_UNKNOWN;
  /** TLS and QUIC details; 0 or '' where absent. */
  tlsVersion = 0;
  alpn = '';
  quicVersion = 0;
  /**
   * The ClientHello that was read, and the buffer into which its offsets point, null unless it is whole; valid until
   * the next call.
   */
  hello: ClientHello | null = null;
  /**
   * A DNS message that came over TCP, without its length: `dnsBuf[dnsStart, dnsEnd)`, valid until the next call; null
   * for none.
   */
  dnsBuf: Buffer | null = null;
  dnsStart = 0;
  dnsEnd = 0;
  helloBuf: Buffer | null = null;

  reset(): void {
    this.protocol = '';
    this.nameBuf = null;
    this.nameStart = -1;
    this.nameEnd = -1;
    this.otherNameStart = -1;
    this.otherNameEnd = -1;
    this.app = '';
    this.confidence = CONFIDENCE_CERTAIN;
    this.ech = false;
    this.nameEncrypted = false;
    this.neededLen = 0;
    this.consumedEnd = -1;
    this.role = ROLE_UNKNOWN;
    this.tlsVersion = 0;
    this.alpn = '';
    this.quicVersion = 0;
    this.hello = null;
    this.dnsBuf = null;
    this.helloBuf = null;
  }
}

/**
 * What all messages of a protocol have in common: four bytes from `at` on, as a big-endian word, are `value` under
 * `mask`.
 */
export interface Mark {
  /** Offset from the beginning of the message, 0 to `minLen` - 4. */
  readonly at: number;
  readonly mask: number;
  /** As a signed 32-bit integer (`0x80000000 | 0`). */
  readonly value: number;
  /** Length of the shortest message in bytes, 4 or more. */
  readonly minLen: number;
}

export interface Inspector {
  /** Protocol name in lower case, as it appears in the report. */
  readonly name: string;
  /** IP protocol whose payload it reads: 6 TCP streams, 17 UDP datagrams. */
  readonly ipProto: 6 | 17;
  /**
   * First bytes with which its messages can begin, in either direction; null for any; empty for a protocol too weakly
   * marked to be looked for off its ports. The registry builds a table from it, so that a payload meets only the
   * inspectors that could read it.
   */
  readonly firstBytes: readonly number[] | null;
  /**
   * Tested beside the first byte where neither port is a known one: what lacks it is not shown to the inspector, except
   * the beginning of a TCP message, shorter than `minLen`. For inspectors that many first bytes lead to.
   */
  readonly mark?: Mark;
  /** Ports (of either end) on which it is asked before the others; empty for none. */
  readonly ports: readonly number[];
  /** TCP: most bytes the engine collects for it in one direction. UDP: 0. */
  readonly maxBufferedLen: number;
  /**
   * True when it is shown later messages of the connection too (HTTP requests, DNS queries); false when the first
   * FOUND ends the inspection.
   */
  readonly continues: boolean;
  /**
   * True when it tells only which protocol is spoken, never a host: the connection stays open to the other inspectors
   * after FOUND (TLS behind STARTTLS, DTLS behind STUN).
   */
  readonly nameless?: boolean;
  /** True when it carries another protocol behind its messages: that one is looked for though a host was found. */
  readonly wraps?: boolean;
  /** TCP: heeds `context.coverage`, and is shown the rest of a message that lost a part. */
  readonly readsOverHoles?: boolean;
  /**
   * UDP: true when its hellos name hosts and another may follow one that was read: later payloads that begin a hello
   * (see `laterHelloStart`) are shown too.
   */
  readonly readsHellos?: boolean;
  /** True when a state holds parts of another hello than those that were found: the engine keeps it for the rest. */
  isPending?(state: unknown): boolean;
  /** Takes back a state that `inspect` put into its context (pools, key caches). */
  end?(state: unknown): void;
  /**
   * TCP: `buf[start, end)` are contiguous stream bytes from the beginning of a message (the first payload byte of the
   * direction, the byte behind the last message, or the first byte of a segment). UDP: one datagram.
   */
  inspect(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus;
}
