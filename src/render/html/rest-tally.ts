import type { ConnectionRecord } from '../../core/report/model.js';
import type { TextTable } from './pack.js';
import type { RestRow } from './payload.js';

/** Rows kept apart; further connections are summed up by label alone. */
const MAX_ROWS = 20_000;
/** Rows by label alone; those of further labels share one. */
const MAX_LABEL_ROWS = 4096;
const NO_ADDRESS = -1;
const OTHER_LABEL = 'other';

interface Sum {
  client: string | null;
  server: string | null;
  label: string;
  isLookup: boolean;
  connections: number;
  packets: number;
  bytes: number;
}

/** Sums up connections that a page does not list, by client, server and label. */
export class RestTally {
  connections = 0;
  private readonly sums = new Map<string, Sum>();
  private labelRows = 0;

  add(c: ConnectionRecord): void {
    this.connections++;
    const sum = this.sumOf(c);
    sum.connections++;
    sum.packets += c.packets;
    sum.bytes += c.bytes;
  }

  /** The rows, most bytes first. Their addresses go into `addresses`, as `shown` writes them. */
  rows(addresses: TextTable, shown: (address: string) => string): RestRow[] {
    const place = (address: string | null) => (address === null ? NO_ADDRESS : addresses.indexOf(shown(address)));
    return [...this.sums.values()]
      .sort((a, b) => b.bytes - a.bytes)
      .map((sum) => ({ ...sum, client: place(sum.client), server: place(sum.server) }));
  }

  private sumOf({ src_ip: client, dst_ip: server, label, is_lookup: isLookup }: ConnectionRecord): Sum {
    const key = `${client} ${server} ${isLookup} ${label}`;
    const known = this.sums.get(key);
    if (known !== undefined) return known;
    if (this.sums.size - this.labelRows < MAX_ROWS) return this.begin(key, { client, server, label, isLookup });
    const labelKey = `${isLookup} ${label}`;
    const byLabel = this.sums.get(labelKey);
    if (byLabel !== undefined) return byLabel;
    const isFull = this.labelRows >= MAX_LABEL_ROWS;
    const otherKey = isFull ? `${isLookup} ` : labelKey;
    const other = this.sums.get(otherKey);
    if (other !== undefined) return other;
    this.labelRows++;
    return this.begin(otherKey, { client: null, server: null, label: isFull ? OTHER_LABEL : label, isLookup });
  }

  private begin(key: string, of: Pick<Sum, 'client' | 'server' | 'label' | 'isLookup'>): Sum {
    const sum = { ...of, connections: 0, packets: 0, bytes: 0 };
    this.sums.set(key, sum);
    return sum;
  }
}
