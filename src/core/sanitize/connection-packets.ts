/** A packet of a connection as the study collects it. */
export interface CollectedPacket {
  readonly number: number;
  readonly fromB: boolean;
  readonly tsMicros: number;
  /** TCP alone. */
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly urgentPointer: number;
  /** A copy of what the capture holds of its payload. */
  readonly payload: Buffer;
  readonly wireLen: number;
  /** Its length must stay: a wrong checksum shows only where all of the segment is there. */
  readonly keepsLength: boolean;
}

/** Most of one connection that is looked at: what labels need lies in the first packets. */
const MAX_PACKETS = 512;
const MAX_BYTES = 256 * 1024;

/** The first packets of one connection, for as long as it lasts. */
export class ConnectionPackets {
  packets: CollectedPacket[] = [];
  bytes = 0;

  constructor(
    /** IANA protocol number. */
    readonly protocol: number,
    /** Endpoints in the flow table's order. */
    readonly addressA: Buffer,
    readonly addressB: Buffer,
    readonly portA: number,
    readonly portB: number,
  ) {}

  get isFull(): boolean {
    return this.packets.length >= MAX_PACKETS || this.bytes >= MAX_BYTES;
  }

  add(packet: CollectedPacket): void {
    this.packets.push(packet);
    this.bytes += packet.payload.length;
  }

  /** All lengths must stay: right checksums show that a wrong one is no mistake of the capture. */
  keepLengths(): void {
    this.packets = this.packets.map((packet) => ({ ...packet, keepsLength: true }));
  }

  /** A port is one of `ports`. */
  hasPort(ports: ReadonlySet<number>): boolean {
    return ports.has(this.portA) || ports.has(this.portB);
  }
}
