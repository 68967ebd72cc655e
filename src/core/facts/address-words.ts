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
  const isIpv6 = flows.isIpv6(row);
  key[at] = isIpv6 ? addresses.word(word, 0) : word;
  for (let n = 1; n < ADDRESS_WORDS; n++) key[at + n] = isIpv6 ? addresses.word(word, n) : 0;
}
