import type { LabelListener } from './labels.js';

/** Decides by the bytes of names that are not remembered. */
export interface UnkeptNames {
  /** The rule that decides about the connection `row` once it has shown the name `buf[start, end)`, after `earlier`. */
  ofUnkept(row: number, earlier: number, buf: Buffer, start: number, end: number): number;
}

/**
 * What inspection of a packet brought: names, and whether the label of its connection changed. The reader clears it
 * before each packet. Names are counted rather than put into an array that is emptied: emptying one costs more than all
 * else that a packet does here.
 */
export class PacketNews implements LabelListener {
  /** The connection has another name or app than before, or will show none any more. */
  hasNewLabel = false;
  /** The connection speaks a protocol that was not known before. */
  hasNewProtocol = false;
  nameCount = 0;
  /** A name was shown that is not remembered: `unkeptRule` is the rule for all of them, -1 for none. */
  hasUnkept = false;
  unkeptRule = -1;
  /** Null without rules. */
  unkeptNames: UnkeptNames | null = null;
  private readonly names: number[] = [];

  clear(): void {
    this.hasNewLabel = false;
    this.hasNewProtocol = false;
    this.nameCount = 0;
    this.hasUnkept = false;
    this.unkeptRule = -1;
  }

  /** NameTable id of name number `at`, 0 to `nameCount` - 1, in the order in which they were found. */
  nameAt(at: number): number {
    return this.names[at]!;
  }

  named(name: number): void {
    this.names[this.nameCount++] = name;
  }

  unkept(row: number, buf: Buffer, start: number, end: number): void {
    this.hasNewLabel = true;
    this.hasUnkept = true;
    if (this.unkeptNames !== null) {
      this.unkeptRule = this.unkeptNames.ofUnkept(row, this.unkeptRule, buf, start, end);
    }
  }

  labelled(): void {
    this.hasNewLabel = true;
  }

  spoke(): void {
    this.hasNewProtocol = true;
  }
}
