import type { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import type { FactsOptions } from '../facts/facts.js';
import type { AddressTable } from '../flow/address-table.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { FlowTimeouts } from '../flow/flow-timeouts.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import type { Inspector } from '../inspect/inspector.js';
import type { RuleSet } from '../policy/rule-set.js';
import type { InputFrames } from '../report/input-frames.js';
import type { ConnectionRecord } from '../report/model.js';
import type { SortKey } from '../report/sort-keys.js';

/** Bounds of everything that grows with the input. */
export interface Limits {
  /** Connections in progress; beyond it the longest silent one ends early. 128 bytes each. */
  readonly maxConnections: number;
  /** Bytes lent to TCP reassembly in all. */
  readonly maxReassemblyLen: number;
  /** TCP connections of which inspection keeps more than their row: bytes that wait, a state, the end of a body. */
  readonly maxStreams: number;
  /** Bytes of IP fragments that wait for others. */
  readonly maxFragmentLen: number;
  /** QUIC and DTLS handshakes in progress. */
  readonly maxDatagramStates: number;
  /** Answers in the DNS cache. */
  readonly dnsAnswers: number;
  /** Distinct host names known at a time. */
  readonly maxNames: number;
  /** Rows in `domains_detected`. */
  readonly maxDomainRows: number;
  /** Hosts, and pairs of hosts, with sums of their own. */
  readonly maxHosts: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxConnections: 1 << 19,
  maxReassemblyLen: 64 << 20,
  maxStreams: 1 << 17,
  maxFragmentLen: 16 << 20,
  maxDatagramStates: 1 << 14,
  dnsAnswers: 1 << 18,
  maxNames: 1 << 19,
  maxDomainRows: 100_000,
  maxHosts: 1 << 14,
};

export interface PipelineOptions {
  readonly apps: AppTable;
  readonly limits?: Limits;
  readonly timeouts?: FlowTimeouts;
  /** Secret of the hash tables, so that colliding input can't be prepared. Has no influence on any result. */
  readonly seed: number;
  /** Take the same addresses and ports in two VLANs or overlay networks for one connection. */
  readonly ignoreVlan?: boolean;
  /** Rules for the names that DNS answers lead to (CNAME) decide too. */
  readonly followCname?: boolean;
  /** Rules to apply; none by default. */
  readonly rules?: RuleSet;
  /** Fill `columns.connection`, for a reader that treats packets by their connection. */
  readonly tellConnections?: boolean;
  /** Called with the row of each connection that ends, its verdict final, before it is reported. */
  readonly onVerdict?: (row: number) => void;
  /**
   * Called with the row of a connection that has a new name or app, once its packet has been judged; also as soon as it
   * can show none, when a DNS answer or an address range names it. A name found as the connection ends is in its
   * record.
   */
  readonly onLabel?: (row: number) => void;
  /** Called for each packet of a batch that quotes another (ICMP errors), once it has been judged. */
  readonly onQuote?: (batch: PacketBatch, i: number) => void;
  /**
   * Whether the report is about a connection, whose record is final; all of them unless given. `beginMicros` is the
   * time of the capture's first packet. Packets, numbers and rules stay those of the whole capture.
   */
  readonly selects?: (connection: ConnectionRecord, beginMicros: number) => boolean;
  /** Count the payload that rules let pass, of each connection until it has ended. */
  readonly countPassed?: boolean;
  /** Called as each connection ends, in the order of ending. */
  readonly onConnection?: (connection: ConnectionRecord) => void;
  /** The record that `onConnection` gets is valid until it returns, and the same one each time. */
  readonly reusesRecord?: boolean;
  /** What to gather besides names (`Recognition.facts`); without it, not even the numbers of packets. */
  readonly facts?: FactsOptions;
  /** Keep the details of TLS and QUIC handshakes for the records. */
  readonly handshakes?: boolean;
  /** Watches the run. Costs one test a packet where there is none. */
  readonly observer?: PipelineObserver;
  /**
   * Rules may come or change while it runs (`Pipeline.replaceRules`), even where there are none to begin with. A
   * connection that has been blocked then stays so, whatever name or rule comes later.
   */
  readonly rulesMayChange?: boolean;
  /** Where packets come from that have no frames; `Pipeline.runColumns` takes them. */
  readonly events?: EventFeed;
  /** Where the packets of several inputs lie; filled as they are read. */
  readonly frames?: InputFrames;
  /** How many connections to keep for the table: those that come first by `sort`. */
  readonly top: number;
  /** The order of those; by bytes unless given. */
  readonly sort?: SortKey;
}

/** The source of packets that come as events: names that go with them, and a listener for decisions. */
export interface EventFeed {
  /** The host name that packet `i` comes with, `buf[nameStart[i], nameEnd[i])` of its batch; -1 for none. */
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  /** Packet `i`, of the connection `row`, has been inspected and judged. */
  decided(i: number, row: number): void;
}

/** Watches what happens to packets on their way through the stages. Must not change anything. */
export interface PipelineObserver {
  /** Called once, before the others. */
  attach(flows: FlowTable, addresses: AddressTable): void;
  /** Returns an inspector that takes the place of `one`, which it has to ask. */
  inspector(one: Inspector): Inspector;
  /** Returns a listener that takes the place of `one`, which it has to call. */
  listener(one: FindingListener): FindingListener;
  /** Packet `i` of the batch is about to be inspected; `row` is its connection's, NO_FLOW for none. */
  packet(batch: PacketBatch, columns: PacketColumns, i: number, row: number): void;
}
