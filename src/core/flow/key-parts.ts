import type { AddressWords } from './address-table.js';
import type { SegmentTags } from './segment-table.js';

/** Where the numbers in the keys of flow rows lead. */
export interface KeyParts {
  readonly addresses: AddressWords;
  readonly segments: SegmentTags;
}
