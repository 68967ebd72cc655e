import type { LabelListener } from './labels.js';

/**
 * What inspection of a packet brought: names, and whether the label of its connection changed. The reader clears it
 * before each packet. Names are counted rather than put into an array that is emptied: emptying one costs more than all
 * else that a packet does here.
 */
export class PacketNews implements LabelListener {
  /** The connection has another name or app than before, or will show none any more. */
  hasNewLabel = false;
  nameCount = 0;
  private readonly names: number[] = [];

  clear(): void {
    this.hasNewLabel = false;
    this.nameCount = 0;
  }

  /** NameTable id of name number `at`, 0 to `nameCount` - 1, in the order in which they were found. */
  nameAt(at: number): number {
    return this.names[at]!;
  }

  named(name: number): void {
    this.names[this.nameCount++] = name;
  }

  labelled(): void {
    this.hasNewLabel = true;
  }
}
