import type { AddressWords } from '../flow/address-table.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';

/** Words of an address in a key, whatever its family: four, of which IPv4 uses the first. */
export const ADDRESS_WORDS = 4;

/** Writes the address of an endpoint of the connection `row` into `key[at, at + ADDRESS_WORDS)`. */
export function writeAddress(
  flows: FlowRows,
  addresses: AddressWords,
  row: number,
  endpoint: Endpoint,
  key: Int32Array,
  at: number,
): void {
  const word = flows.addressOf(row, endpoint);
  if (flows.isIpv6(row)) {
    for (let n = 0; n < ADDRESS_WORDS; n++) key[at + n] = addresses.word(word, n);
    return;
  }
  key[at] = word;
  key[at + 1] = 0;
  key[at + 2] = 0;
  key[at + 3] = 0;
}
