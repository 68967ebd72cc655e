/** Where bytes lie: in a frame, in a message joined from several packets, in the decrypted payload of QUIC Initials. */
export const NAME_PLACES = ['frame', 'joined', 'decrypted'] as const;
export type NamePlace = (typeof NAME_PLACES)[number];

/** The bytes of a capture that show the name of a connection, or the protocol where it has none. */
export interface NameBytes {
  /** Number of the packet that brought them, the last one of several. */
  readonly packet: number;
  readonly place: NamePlace;
  /** Offset of the first byte in the frame, from 0; null where they lie in no single frame. */
  readonly offset: number | null;
  /** 64 bytes at most, in hex. */
  readonly hex: string;
  /** The name is `[markStart, markEnd)` of the bytes, as far as they reach; an empty range where there is none. */
  readonly markStart: number;
  readonly markEnd: number;
}
