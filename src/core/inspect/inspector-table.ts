import type { Inspector } from './inspector.js';

/** Inspectors of one IP protocol by the first byte of a message: which could read it, in their order of registration. */
export class InspectorTable {
  readonly inspectors: readonly Inspector[];
  /** 256 lists of indexes into `inspectors`. */
  private readonly byFirstByte: readonly Int16Array[];
  /** Index + 1 of the inspector that is asked on its ports only, by port; 0 for none. */
  private readonly onlyOnPort = new Uint8Array(65536);

  constructor(inspectors: readonly Inspector[]) {
    this.inspectors = inspectors;
    const lists = Array.from({ length: 256 }, (): number[] => []);
    inspectors.forEach((one, i) => {
      if (one.firstBytes === null) for (const list of lists) list.push(i);
      else for (const byte of new Set(one.firstBytes)) lists[byte]!.push(i);
    });
    this.byFirstByte = lists.map((list) => Int16Array.from(list));
    inspectors.forEach((one, i) => {
      if (one.firstBytes?.length === 0) for (const port of one.ports) this.onlyOnPort[port] = i + 1;
    });
  }

  /** The inspector without first bytes whose port one of the two is, -1 for none. */
  onPort(port: number, otherPort: number): number {
    return (this.onlyOnPort[port] || this.onlyOnPort[otherPort]!) - 1;
  }

  candidates(firstByte: number): Int16Array {
    return this.byFirstByte[firstByte]!;
  }
}
