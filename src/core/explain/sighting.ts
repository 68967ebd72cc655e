import type { Pieces, Proof } from './model.js';
import type { Payload } from './payload.js';
import type { StreamBytes } from './stream-bytes.js';

/** Packets of a message that are listed. */
const MAX_PACKETS = 32;

/** A finding of an inspector, with the bytes that it lies in. */
export interface Sighting {
  /** The packet that completed the message. */
  readonly packet: number;
  readonly tsMicros: number;
  /** Endpoint that sent it. */
  readonly sender: number;
  readonly inspector: string;
  readonly protocol: string;
  /** As reports show it; null for none. */
  readonly name: string | null;
  /** The name's bytes as the inspector saw them; empty for none. */
  readonly rawName: Buffer;
  /** The bytes from the message's first on, as far as they were shown; copied. */
  readonly message: Buffer;
  /** Where the name lies in `message`; -1 where it does not lie there as it is. */
  readonly nameOffset: number;
  /** It was a ClientHello. */
  readonly isHello: boolean;
  readonly isClient: boolean;
  readonly ech: boolean;
  readonly nameEncrypted: boolean;
  /** An app that the protocol itself proves; '' for none. */
  readonly app: string;
}

/** The payloads of the connection that the sighting is of. */
export interface Evidence {
  /** The bytes of the sender's direction; null unless it is TCP. */
  readonly stream: StreamBytes | null;
  /** The datagrams of the sender so far, in order; empty for TCP. */
  readonly datagrams: readonly Payload[];
}

/** Makes a sighting's proof; null for a sighting of another kind. */
export type ProofMaker = (sighting: Sighting, evidence: Evidence) => Proof | null;

/** A proof of `sighting` without bytes. */
export function bareProof(sighting: Sighting, field: string, reference: string): Proof {
  return {
    name: sighting.name,
    protocol: sighting.protocol,
    field,
    reference,
    packet: sighting.packet,
    time: sighting.tsMicros / 1e6,
    bytes: [],
    decrypted: [],
    message_length: null,
    packets: [],
    pieces: noPieces(),
    text: null,
    notes: [],
  };
}

export function noPieces(): Pieces {
  return {
    segments: 0,
    records: 0,
    datagrams: 0,
    initials: 0,
    crypto_frames: 0,
    ip_fragments: 0,
  };
}

/** Notes in `proof` that its message came with `payloads`. */
export function setPackets(proof: Proof, payloads: readonly Payload[], isStream: boolean): void {
  const packets = payloads.flatMap((payload) =>
    payload.fragments.length > 0 ? payload.fragments.map((piece) => piece.packet) : [payload.packet],
  );
  proof.packets = [...new Set(packets)].slice(0, MAX_PACKETS);
  if (isStream) proof.pieces.segments = payloads.length;
  else proof.pieces.datagrams = payloads.length;
  proof.pieces.ip_fragments = payloads.reduce((sum, payload) => sum + payload.fragments.length, 0);
}
