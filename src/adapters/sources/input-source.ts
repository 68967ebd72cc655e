import type { RawInput } from './raw-input.js';

/** The part of a `ByteSource` that is its raw input's. */
export abstract class InputSource {
  constructor(protected readonly raw: RawInput) {}

  get name(): string {
    return this.raw.name;
  }

  get totalLen(): number | null {
    return this.raw.totalLen;
  }

  get bytesRead(): number {
    return this.raw.bytesRead;
  }
}
