import { parseExactIpPrefix } from '../common/ip-prefix.js';
import type { NameTable } from '../inspect/name-table.js';
import type { AppTable } from './app-table.js';
import type { RowAddresses } from './row-addresses.js';

const DOT = 0x2e;
const DIGIT_0 = 0x30;
const COLON = 0x3a;
const LOWER_A = 0x61;
const LOWER_F = 0x66;

/** The apps that the addresses of connections belong to. */
export class AddressApps {
  constructor(
    private readonly addresses: RowAddresses,
    private readonly names: NameTable,
    private readonly apps: AppTable,
  ) {}

  /** Entry of the app table for the range of the responder, else of the initiator; -1 for none. */
  entryOf(row: number): number {
    const entry = this.rangeOf(row, this.addresses.responder(row));
    return entry >= 0 ? entry : this.rangeOf(row, this.addresses.initiator(row));
  }

  /** Whether a name is just the responder's address, as clients write it that have no name. */
  isResponder(row: number, name: number): boolean {
    const { addresses, names } = this;
    const buf = names.bufOf(name);
    const start = names.startOf(name);
    const end = names.endOf(name);
    if (!mayBeAddress(buf, start, end)) return false;
    const word = addresses.responder(row);
    if (!addresses.isV6(row)) return isDottedDecimal(buf, start, end, word);
    const literal = parseExactIpPrefix(names.text(name));
    return literal?.isV6 === true && literal.words.every((own, i) => own === addresses.table.word(word, i) >>> 0);
  }

  private rangeOf(row: number, word: number): number {
    if (!this.addresses.isV6(row)) return this.apps.matchIpv4(word >>> 0);
    const { table } = this.addresses;
    return this.apps.matchIpv6(
      table.word(word, 0) >>> 0,
      table.word(word, 1) >>> 0,
      table.word(word, 2) >>> 0,
      table.word(word, 3) >>> 0,
    );
  }
}

/** Whether the name, in lower case, has no byte but those that addresses are written with: few names get past two. */
function mayBeAddress(buf: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buf[i]!;
    const isDigitOrColon = byte >= DIGIT_0 && byte <= COLON;
    if (!isDigitOrColon && !(byte >= LOWER_A && byte <= LOWER_F) && byte !== DOT) return false;
  }
  return true;
}

/** Whether `buf[start, end)` is the IPv4 address `word` in its usual form. */
function isDottedDecimal(buf: Buffer, start: number, end: number, word: number): boolean {
  let at = start;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const octet = (word >>> shift) & 255;
    if (octet >= 100 && buf[at++] !== DIGIT_0 + Math.floor(octet / 100)) return false;
    if (octet >= 10 && buf[at++] !== DIGIT_0 + (Math.floor(octet / 10) % 10)) return false;
    if (buf[at++] !== DIGIT_0 + (octet % 10)) return false;
    if (shift > 0 && buf[at++] !== DOT) return false;
  }
  return at === end;
}
