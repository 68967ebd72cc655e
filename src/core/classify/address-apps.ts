import type { NameTable } from '../inspect/name-table.js';
import type { AppTable } from './app-table.js';
import { parseCidr } from './cidr.js';
import type { RowAddresses } from './row-addresses.js';

/** `f`. */
const LOWER_F = 0x66;

/** What the addresses of a connection say of its app. `w` is the first word of its row. */
export class AddressApps {
  constructor(
    private readonly addresses: RowAddresses,
    private readonly names: NameTable,
    private readonly apps: AppTable,
  ) {}

  /** Entry of the app table for the range of the responder, else of the initiator; -1 for none. */
  entryOf(w: number): number {
    const entry = this.rangeOf(w, this.addresses.responder(w));
    return entry >= 0 ? entry : this.rangeOf(w, this.addresses.initiator(w));
  }

  /** Whether a name is but the responder's address, as clients write it that have no name. */
  isResponder(w: number, name: number): boolean {
    const { addresses, names } = this;
    // Addresses begin with a digit of theirs, or with the colons that stand for zeros.
    if (names.bufOf(name)[names.startOf(name)]! > LOWER_F) return false;
    const literal = parseCidr(names.text(name));
    if (literal === null || literal.first !== literal.last || literal.isV6 !== addresses.isV6(w)) return false;
    const word = addresses.responder(w);
    if (!literal.isV6) return literal.first === BigInt(word >>> 0);
    let value = 0n;
    for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(addresses.table.word(word, i) >>> 0);
    return literal.first === value;
  }

  private rangeOf(w: number, word: number): number {
    if (!this.addresses.isV6(w)) return this.apps.matchIpv4(word >>> 0);
    const { table } = this.addresses;
    return this.apps.matchIpv6(
      table.word(word, 0) >>> 0,
      table.word(word, 1) >>> 0,
      table.word(word, 2) >>> 0,
      table.word(word, 3) >>> 0,
    );
  }
}
