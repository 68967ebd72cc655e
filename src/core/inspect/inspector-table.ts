import { i32 } from '../common/bytes.js';
import type { Inspector } from './inspector.js';

/**
 * The inspectors of one IP protocol, by the first byte of a message: those that could read it, in their order of
 * registration.
 */
export class InspectorTable {
  readonly inspectors: readonly Inspector[];
  /** 256 lists of indexes into `inspectors`, each made when its byte first comes: a small capture needs few. */
  private readonly byFirstByte = new Array<Int16Array | null>(256).fill(null);
  /** Index + 1 of the inspector that is asked on its ports only, by port; 0 for none. */
  private readonly onlyOnPort = new Uint8Array(65536);
  /** Index + 1 of the inspector that has the port, the last registered of several; 0 for none. */
  private readonly owners = new Uint8Array(65536);
  /** The marks, by index; a mask of 0 for none. */
  private readonly markAt: Int32Array;
  private readonly markMask: Int32Array;
  private readonly markValue: Int32Array;
  private readonly markMinLen: Int32Array;

  /** Takes 255 inspectors at most. */
  constructor(inspectors: readonly Inspector[]) {
    this.inspectors = inspectors.map(uniform);
    this.markAt = Int32Array.from(inspectors, ({ mark }) => mark?.at ?? 0);
    this.markMask = Int32Array.from(inspectors, ({ mark }) => mark?.mask ?? 0);
    this.markValue = Int32Array.from(inspectors, ({ mark }) => mark?.value ?? 0);
    this.markMinLen = Int32Array.from(inspectors, ({ mark }) => mark?.minLen ?? 0);
    inspectors.forEach(({ ports }, i) => {
      for (const port of ports) this.owners[port] = i + 1;
    });
    inspectors.forEach((one, i) => {
      if (one.firstBytes?.length === 0) for (const port of one.ports) this.onlyOnPort[port] = i + 1;
    });
  }

  /** The inspector without first bytes whose port one of the two is, -1 for none. */
  onPort(port: number, otherPort: number): number {
    return (this.onlyOnPort[port] || this.onlyOnPort[otherPort]!) - 1;
  }

  candidates(firstByte: number): Int16Array {
    return this.byFirstByte[firstByte] ?? this.listFor(firstByte);
  }

  /** Whether some inspector has this port: then marks don't count, for ports let weaker messages pass. */
  knowsPort(port: number): boolean {
    return this.owners[port] !== 0;
  }

  /** The inspector that has one of the two ports, the first one's before the second's; -1 for none. */
  ownerOf(port: number, otherPort: number): number {
    return (this.owners[port] || this.owners[otherPort]!) - 1;
  }

  /** Whether the datagram `buf[start, end)` bears the mark of the inspector `index`, if that has one. */
  bearsMark(index: number, buf: Buffer, start: number, end: number): boolean {
    const mask = this.markMask[index]!;
    if (mask === 0) return true;
    if (end - start < this.markMinLen[index]!) return false;
    return (i32(buf, start + this.markAt[index]!) & mask) === this.markValue[index];
  }

  /** The same for stream bytes, which may be just the beginning of a message. */
  mayBearMark(index: number, buf: Buffer, start: number, end: number): boolean {
    return end - start < this.markMinLen[index]! || this.bearsMark(index, buf, start, end);
  }

  private listFor(firstByte: number): Int16Array {
    const indexes: number[] = [];
    this.inspectors.forEach(({ firstBytes }, index) => {
      if (firstBytes === null || firstBytes.includes(firstByte)) indexes.push(index);
    });
    const list = Int16Array.from(indexes);
    this.byFirstByte[firstByte] = list;
    return list;
  }
}

/**
 * All members in one order, those that it lacks too: to V8 objects of one class, whose members it finds without a
 * search.
 */
function uniform(one: Inspector): { [Member in keyof Required<Inspector>]: Inspector[Member] } {
  return {
    name: one.name,
    ipProto: one.ipProto,
    firstBytes: one.firstBytes,
    mark: one.mark,
    ports: one.ports,
    maxBufferedLen: one.maxBufferedLen,
    continues: one.continues,
    nameless: one.nameless ?? false,
    wraps: one.wraps ?? false,
    readsOverHoles: one.readsOverHoles ?? false,
    readsHellos: one.readsHellos ?? false,
    isPending: one.isPending,
    end: one.end,
    inspect: one.inspect,
  };
}
