import type { AddressWords } from '../flow/address-table.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { DurationHistogram, type Durations } from './histogram.js';

/** Servers that are counted one by one; the others share a row. */
const MAX_SERVERS = 1024;
const RCODES = 16;
/** `address` of the row for all servers beyond. */
const OTHER = 'other';

/** IANA "DNS RCODEs" that fit into a header. */
const RCODE_NAMES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
];

/** DNS queries and what became of them, as a report shows them. */
export interface DnsRow {
  /** Repetitions of a query not counted. */
  queries: number;
  /** Null where answers were not matched with their queries: without a report of single connections. */
  answered: number | null;
  unanswered: number | null;
  /** Responses by code, those to queries that were not captured included. */
  rcodes: Record<string, number>;
  /** From the first query to the first response. */
  latency_ms: Durations;
}

export interface DnsServerRow extends DnsRow {
  /** "other" for all servers beyond the first 1,024. */
  address: string;
}

export interface DnsSummary extends DnsRow {
  /** Those with the most queries first. */
  servers: DnsServerRow[];
}

/** Writes addresses as text. */
export interface AddressWriter {
  ipv4(word: number): string;
  ipv6(w0: number, w1: number, w2: number, w3: number): string;
}

/** What is counted of one server, or of all. */
export class DnsCounts {
  queries = 0;
  answered = 0;
  readonly rcodes = new Float64Array(RCODES);
  readonly latency = new DurationHistogram();

  report(isMatched = true): DnsRow {
    const { queries, answered, rcodes, latency } = this;
    const named = Array.from(rcodes, (count, code) => [RCODE_NAMES[code] ?? `RCODE${code}`, count] as const);
    return {
      queries,
      answered: isMatched ? answered : null,
      unanswered: isMatched ? queries - answered : null,
      rcodes: Object.fromEntries(named.filter(([, count]) => count > 0)),
      latency_ms: latency.report(),
    };
  }
}

interface Server {
  readonly isV6: boolean;
  readonly words: readonly number[];
  readonly counts: DnsCounts;
}

/** DNS servers by address, in order of appearance. */
export class DnsServers {
  private readonly servers: Server[] = [];
  private readonly byIpv4 = new Map<number, number>();
  private readonly byIpv6 = new Map<string, number>();
  private others: DnsCounts | null = null;

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
  ) {}

  /** Index of the server that `endpoint` of the connection is; -1 for one that has no row of its own. */
  indexOf(row: number, endpoint: Endpoint): number {
    const { flows, addresses } = this;
    const word = flows.addressOf(row, endpoint);
    if (!flows.isIpv6(row)) return this.byIpv4.get(word) ?? this.add(this.byIpv4, word, false, [word]);
    const words = [0, 1, 2, 3].map((index) => addresses.word(word, index));
    const key = words.join();
    return this.byIpv6.get(key) ?? this.add(this.byIpv6, key, true, words);
  }

  /** The counts of the server with this index. */
  countsOf(index: number): DnsCounts {
    if (index >= 0) return this.servers[index]!.counts;
    this.others ??= new DnsCounts();
    return this.others;
  }

  report(writer: AddressWriter): DnsServerRow[] {
    const rows = this.servers.map(({ isV6, words, counts }) => {
      const [w0, w1, w2, w3] = words as [number, number, number, number];
      return { address: isV6 ? writer.ipv6(w0, w1, w2, w3) : writer.ipv4(w0), ...counts.report() };
    });
    rows.sort((a, b) => b.queries - a.queries || (a.address < b.address ? -1 : 1));
    if (this.others !== null) rows.push({ address: OTHER, ...this.others.report() });
    return rows;
  }

  private add<K>(index: Map<K, number>, key: K, isV6: boolean, words: readonly number[]): number {
    if (this.servers.length >= MAX_SERVERS) return -1;
    const at = this.servers.push({ isV6, words, counts: new DnsCounts() }) - 1;
    index.set(key, at);
    return at;
  }
}
