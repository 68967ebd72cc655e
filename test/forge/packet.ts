/** A frame on its way into a capture. */
export interface ForgedPacket {
  data: Buffer;
  /** Microseconds since the Unix epoch. */
  timeMicros: number;
  /** 0 to 999 nanoseconds on top; only nanosecond formats keep them. */
  extraNanos?: number;
  /** Length on the wire, where the capture cut the frame off. */
  wireLen?: number;
}

/** 2025-06-15T15:06:40Z: forged captures start here, never at the clock's time. */
export const FORGE_EPOCH_MICROS = 1_750_000_000_000_000;

/** Cuts frames to a snap length, keeping the length that they had on the wire. */
export function snap(packets: readonly ForgedPacket[], snapLen: number): ForgedPacket[] {
  return packets.map((packet) => ({
    ...packet,
    data: packet.data.subarray(0, snapLen),
    wireLen: packet.wireLen ?? packet.data.length,
  }));
}

/** The same packets `micros` later. */
export function delay(packets: readonly ForgedPacket[], micros: number): ForgedPacket[] {
  return packets.map((packet) => ({ ...packet, timeMicros: packet.timeMicros + micros }));
}
