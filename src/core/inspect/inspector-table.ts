import type { Inspector } from './inspector.js';

/** Inspectors of one IP protocol by the first byte of a message: which could read it, in their order of registration. */
export class InspectorTable {
  readonly inspectors: readonly Inspector[];
  /** 256 lists of indexes into `inspectors`. */
  private readonly byFirstByte: readonly Int8Array[];

  constructor(inspectors: readonly Inspector[]) {
    this.inspectors = inspectors;
    this.byFirstByte = Array.from({ length: 256 }, (_, byte) =>
      Int8Array.from(
        inspectors.flatMap((one, i) => (one.firstBytes === null || one.firstBytes.includes(byte) ? [i] : [])),
      ),
    );
  }

  candidates(firstByte: number): Int8Array {
    return this.byFirstByte[firstByte]!;
  }
}
