import type { Confidence, DetectedBy } from '../classify/evidence.js';
import type { ConnectionRecord, RulesReport } from '../report/model.js';

/**
 * How traffic stands at one moment: sums since the beginning, connections that are open included, and present rates.
 */
export interface LiveSnapshot {
  packets: number;
  bytes: number;
  packetsPerSecond: number;
  bytesPerSecond: number;
  /** Connections so far, of them still open, and those that rules block. */
  connections: number;
  openConnections: number;
  blockedConnections: number;
  /** Packets that the rules would have stopped. */
  droppedPackets: number;
  apps: LiveApp[];
  /** How many apps there are in all. */
  appCount: number;
  domains: LiveDomain[];
  domainCount: number;
  /** Open connections. */
  busiest: LiveConnection[];
  /** Without their origin. */
  rules: RulesReport;
}

export interface LiveApp {
  app: string;
  connections: number;
  packets: number;
  bytes: number;
  bytesPerSecond: number;
}

export interface LiveDomain {
  domain: string;
  app: string;
  /** Of the connection that was looked at last. */
  detectedBy: DetectedBy | null;
  confidence: Confidence | null;
  connections: number;
  bytes: number;
  bytesPerSecond: number;
  /** The rule that blocks connections to it, null for none. */
  blockedBy: string | null;
}

export interface LiveConnection {
  record: ConnectionRecord;
  bytesPerSecond: number;
}

/** How many rows of each list are wanted, and what comes first: what is busy now, or what was most in all. */
export interface SnapshotOptions {
  readonly apps: number;
  readonly domains: number;
  readonly connections: number;
  readonly order: 'rate' | 'total';
}
