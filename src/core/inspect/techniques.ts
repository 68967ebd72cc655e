/** Ways to show an observer other bytes than the receiver takes, as small numbers. */
export const BAD_CHECKSUM = 1;
export const OUTSIDE_WINDOW = 2;
export const NO_ACK_FLAG = 3;
export const ACK_OF_UNSENT = 4;
export const ACK_OF_PAST = 5;
export const RST_DATA = 6;
export const MD5_OPTION = 7;
export const OLD_TIMESTAMP = 8;
export const SYN_DATA = 9;
export const SYN_IN_CONNECTION = 10;
export const OVERLAP_DIFFERS = 11;
export const URGENT_DATA = 12;

/** Names by number, as reports have them. They are only ever added. */
const TECHNIQUES = [
  'none',
  'fake segment: bad checksum',
  'fake segment: outside the window',
  'fake segment: no ACK flag',
  'fake segment: acknowledges unsent data',
  'fake segment: acknowledgment too old',
  'data in RST',
  'MD5 option',
  'old timestamp',
  'unacknowledged data in SYN',
  'SYN within a connection',
  'overlapping segments differ',
  'urgent data',
] as const;

/** A technique in the sum of a report. */
export interface TechniqueRow {
  readonly technique: string;
  readonly connections: number;
  readonly packets: number;
  /** Number of the first packet that showed it. */
  readonly first_packet: number;
}

/** Names of the techniques of a connection, whose bits `Techniques.of` gives. */
export function techniqueNames(bits: number): string[] {
  return TECHNIQUES.filter((_, technique) => ((bits >>> technique) & 1) !== 0);
}

/** Connections in progress whose techniques are remembered at a time. */
const MAX_CONNECTIONS = 1 << 16;

/** Counts the techniques seen, in all and for each connection in progress. */
export class Techniques {
  /** Packets, by number. */
  readonly counts = new Float64Array(TECHNIQUES.length);
  /** The first packet that showed it, by number; 0 for none. */
  readonly firstPackets = new Float64Array(TECHNIQUES.length);
  /** Connections that were left out because there were too many. */
  refused = 0;
  /** Connections that have ended, by number. */
  private readonly connections = new Float64Array(TECHNIQUES.length);
  private readonly byRow = new Map<number, number>();

  /** Packet `packetNumber` of the connection `row` shows `technique`. */
  seen(row: number, technique: number, packetNumber: number): void {
    this.counts[technique]!++;
    if (this.firstPackets[technique] === 0) this.firstPackets[technique] = packetNumber;
    const bits = this.byRow.get(row);
    if (bits !== undefined) this.byRow.set(row, bits | (1 << technique));
    else if (this.byRow.size < MAX_CONNECTIONS) this.byRow.set(row, 1 << technique);
    else this.refused++;
  }

  /** The techniques of the connection: bit n for the one with number n. Valid until it has ended. */
  of(row: number): number {
    return this.byRow.size === 0 ? 0 : (this.byRow.get(row) ?? 0);
  }

  /** The connection has ended. */
  drop(row: number): void {
    const bits = this.of(row);
    if (bits === 0) return;
    for (let technique = 1; technique < TECHNIQUES.length; technique++) {
      this.connections[technique]! += (bits >>> technique) & 1;
    }
    this.byRow.delete(row);
  }

  /** Those seen, with the connections that have ended; most packets first. */
  rows(): TechniqueRow[] {
    const rows = TECHNIQUES.map((technique, n) => ({
      technique,
      connections: this.connections[n]!,
      packets: this.counts[n]!,
      first_packet: this.firstPackets[n]!,
    }));
    return rows
      .filter(({ packets }) => packets > 0)
      .sort((a, b) => b.packets - a.packets || a.first_packet - b.first_packet);
  }
}
