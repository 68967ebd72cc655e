import type { RowLabels } from '../classify/row-labels.js';
import type { AddressWords } from '../flow/address-table.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { ADDRESS_WORDS, writeAddress } from './address-words.js';
import { BoundedTable, type TableLayout } from './bounded-table.js';

/** Key: client, server, address family, label. */
const SERVER = ADDRESS_WORDS;
const FAMILY = 2 * ADDRESS_WORDS;
const LABEL = FAMILY + 1;
const KEY_WORDS = LABEL + 1;
const CONNECTIONS = KEY_WORDS;
/** Doubles. */
const PACKETS = 12;
const BYTES = 14;
const ROW_WORDS = 16;
const MAX_WEIGHT = 2 ** 31 - 1;

/** Traffic between two hosts under one label; row 0 has what was evicted, and no hosts. */
export interface PairSums {
  /** Places of the four words of each address in `words`. */
  readonly words: Int32Array;
  readonly client: number;
  readonly server: number;
  /** 4 or 6; 0 for row 0. */
  readonly family: number;
  readonly label: number;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Adds up ended connections by client, server and label. */
export class Pairs implements TableLayout {
  readonly keyWords = KEY_WORDS;
  readonly hashedWords = 2 * ADDRESS_WORDS;
  readonly rowWords = ROW_WORDS;
  private readonly table: BoundedTable;

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
    private readonly labels: RowLabels,
    { maxPairs, seed }: { maxPairs: number; seed: number },
  ) {
    this.table = new BoundedTable(this, maxPairs, seed);
  }

  /** Pairs that were merged into row 0. */
  get evicted(): number {
    return this.table.evicted;
  }

  ended(row: number): void {
    const { flows, addresses, table } = this;
    const { key } = table;
    const initiator = flows.initiatorOf(row);
    writeAddress(flows, addresses, row, initiator, key, 0);
    writeAddress(flows, addresses, row, initiator === 0 ? 1 : 0, key, SERVER);
    key[FAMILY] = flows.isIpv6(row) ? 6 : 4;
    key[LABEL] = this.labels.of(row);
    this.add(table.find(0, Math.min(flows.bytesOf(row), MAX_WEIGHT) | 0), 1, flows.packetsOf(row), flows.bytesOf(row));
  }

  /** The sums of the pairs with the most bytes, at most `top`; what was evicted last. */
  rows(top: number): PairSums[] {
    const { words, doubles, weights, used, evicted } = this.table;
    const order = Array.from({ length: used }, (_, n) => n + 1);
    order.sort((a, b) => weights[b]! - weights[a]! || a - b);
    const rows: PairSums[] = [];
    for (const row of [...order.slice(0, top), ...(evicted > 0 ? [0] : [])]) {
      const w = row * ROW_WORDS;
      rows.push({
        words,
        client: w,
        server: w + SERVER,
        family: words[w + FAMILY]!,
        label: words[w + LABEL]!,
        connections: words[w + CONNECTIONS]! >>> 0,
        packets: doubles[(w + PACKETS) >> 1]!,
        bytes: doubles[(w + BYTES) >> 1]!,
      });
    }
    return rows;
  }

  evict(row: number): void {
    const { words, doubles } = this.table;
    const w = row * ROW_WORDS;
    this.add(0, words[w + CONNECTIONS]! >>> 0, doubles[(w + PACKETS) >> 1]!, doubles[(w + BYTES) >> 1]!);
  }

  private add(row: number, connections: number, packets: number, bytes: number): void {
    const { words, doubles } = this.table;
    const w = row * ROW_WORDS;
    words[w + CONNECTIONS]! += connections;
    doubles[(w + PACKETS) >> 1]! += packets;
    doubles[(w + BYTES) >> 1]! += bytes;
    this.table.weights[row]! += bytes;
  }
}
