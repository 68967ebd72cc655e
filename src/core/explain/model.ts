import type { AnomalyName } from '../common/anomaly.js';
import type { ConnectionRecord } from '../report/model.js';

// What `--explain` says, as JSON shows it: snake_case, the key order of these interfaces.

/** Bytes of a packet. */
export interface BytePlace {
  /** Packet number in the capture, from 1. */
  packet: number;
  /** Packet time, seconds since the epoch. */
  time: number;
  /** Offset of the first byte in the frame, from 0; null where it can't be told. */
  frame_offset: number | null;
  /** The input, and the offset of the byte in it (after decompression). */
  file: string;
  file_offset: number | null;
  length: number;
  /** The bytes in hex, the first 64 at most. */
  hex: string;
}

/** Bytes inside the protected payload of a QUIC Initial. */
export interface ProtectedPlace {
  packet: number;
  time: number;
  /** Where the Initial lies in its frame. */
  initial_frame_offset: number | null;
  initial_length: number;
  /** Offset in the Initial's payload once it is decrypted. */
  payload_offset: number;
  /** Offset in the CRYPTO stream. */
  crypto_offset: number;
  length: number;
  hex: string;
}

/** In how many pieces a message came. */
export interface Pieces {
  /** TCP segments, TLS records, UDP datagrams, QUIC Initials, CRYPTO frames, IP fragments; 0 where it came in none. */
  segments: number;
  records: number;
  datagrams: number;
  initials: number;
  crypto_frames: number;
  ip_fragments: number;
}

/** How one name, or the lack of one, is proven. */
export interface Proof {
  /** The name as reports show it; null for a message that names nothing. */
  name: string | null;
  /** "tls", "quic", "http", ... */
  protocol: string;
  /** What holds it: "ClientHello, extension server_name". */
  field: string;
  /** The section that describes the field: "RFC 6066 §3". */
  reference: string;
  /** The packet that completed it. */
  packet: number;
  time: number;
  /** Where the bytes of the name lie; several when it is cut, none when they are not in clear. */
  bytes: BytePlace[];
  /** QUIC: where they lie once decrypted. */
  decrypted: ProtectedPlace[];
  /** Length of the message that holds the field; null when unknown. */
  message_length: number | null;
  /** The packets that carried it, in the order of its bytes; 32 at most. */
  packets: number[];
  pieces: Pieces;
  /** The line or text that holds the name, where it is text. */
  text: string | null;
  notes: string[];
}

/** An entry of the app table that fits. */
export interface EntryRow {
  kind: 'suffix' | 'range';
  /** As the table writes it. */
  entry: string;
  app: string;
  /** What it was tried on: a name or an address. */
  subject: string;
  /** Other people's content lives there too. */
  hosting: boolean;
  /** Where the table has it from, and when that was looked at; null in users' files. */
  source: string | null;
  date: string | null;
  /** Whether it decided; else why not. */
  decides: boolean;
  why_not: string | null;
}

/** An answer that told the initiator the responder's address. */
export interface AnswerRow {
  name: string;
  address: string;
  type: 'A' | 'AAAA' | 'HINT';
  ttl: number;
  packet: number;
  time: number;
  bytes: BytePlace;
  decides: boolean;
  why_not: string | null;
}

/** A protocol that was asked about the payload. */
export interface AskedRow {
  protocol: string;
  /** "no", "yes", "broken", "unfinished" */
  answer: string;
  /** How often it was asked. */
  times: number;
}

export interface RuleRowOfConnection {
  /** "type:value" */
  rule: string;
  action: 'block' | 'allow';
  /** What it matches: an address, a port, a name, the app. */
  matches: string;
  decides: boolean;
}

/** First payload of one direction. */
export interface PayloadRow {
  from: 'initiator' | 'responder';
  place: BytePlace;
}

/** Why and how one connection got its label. */
export interface Explanation {
  connection: ConnectionRecord;
  /** One sentence. */
  summary: string;
  first_packet: number;
  last_packet: number;
  /** Selects its packets in Wireshark and tshark. */
  display_filter: string;
  /** Of the names, and of the message that a signature or a certificate was seen in; the first decides. */
  proofs: Proof[];
  /** The app table's entries: the one that decided first. */
  entries: EntryRow[];
  dns_answers: AnswerRow[];
  /** Matching rules; empty without any. */
  rules: RuleRowOfConnection[];
  /** Why the app is unknown; null when it is known. */
  unknown: string | null;
  payloads: PayloadRow[];
  asked: AskedRow[];
}

/** A packet that was asked about by its number. */
export interface PacketNote {
  number: number;
  /** Seconds since the epoch. */
  time: number;
  /** On the wire, and captured. */
  length: number;
  captured_length: number;
  /** Id of its connection; null where it belongs to none. */
  connection: number | null;
  /** Null for a packet that is well-formed. */
  anomaly: AnomalyName | null;
  /** The field that is wrong, and the section that describes it; null for a header that is not whole. */
  field: string | null;
  reference: string | null;
  /** Where the field, or the header that is not whole, lies in the frame; null where no single place is wrong. */
  frame_offset: number | null;
  /** Its bytes. */
  hex: string | null;
}

/** How many connections were asked about. */
export interface ExplainCounts {
  /** What was asked, in words. */
  query: string;
  matched: number;
  /** Of those, how many were explained. */
  shown: number;
  /** Of the whole capture. */
  connections: number;
  /** The packet that was asked about; null for other queries, and where the capture has no such packet. */
  packet: PacketNote | null;
}
