import type { LiveSnapshot } from '../core/live/live-model.js';
import { type ConnectionRecord, type ReportSummary, SCHEMA_VERSION } from '../core/report/model.js';
import { GENERATOR } from '../system/version.js';
import { connectionMembersJson } from './connection-json.js';
import { jsonText } from './safe-text.js';
import { writeSummaryMembers } from './summary-json.js';

/** The first line of `dpi live --ndjson`: the interface and the capture tool. */
export function liveStartJson(name: string, tool: string | null): string {
  const members = { type: 'start', schema_version: SCHEMA_VERSION, generator: GENERATOR, interface: name, tool };
  return `${jsonText(members)}\n`;
}

/** A connection whose name or app has just become known. */
export function liveLabelJson(c: ConnectionRecord): string {
  return `{"type":"label",${connectionMembersJson(c)}}\n`;
}

/** A connection that has ended, as `analyze --ndjson` writes it. */
export function liveConnectionJson(c: ConnectionRecord): string {
  return `{"type":"connection",${connectionMembersJson(c)}}\n`;
}

/** The current totals. `elapsedMs` since the first bytes; `lostPackets` is null when they are not counted. */
export function liveStatsJson(snapshot: LiveSnapshot, elapsedMs: number, lostPackets: number | null): string {
  return `${jsonText({
    type: 'stats',
    elapsed_seconds: Math.round(elapsedMs / 100) / 10,
    total_packets: snapshot.packets,
    total_bytes: snapshot.bytes,
    packets_per_second: Math.round(snapshot.packetsPerSecond),
    bytes_per_second: Math.round(snapshot.bytesPerSecond),
    total_connections: snapshot.connections,
    open_connections: snapshot.openConnections,
    rules: snapshot.rules.count,
    blocked_connections: snapshot.blockedConnections,
    dropped_packets: snapshot.droppedPackets,
    lost_packets: lostPackets,
  })}\n`;
}

/**
 * The last line: the report without its connections, as `analyze --ndjson` writes it, and the packets that were lost.
 */
export function liveSummaryJson(summary: ReportSummary, lostPackets: number | null): string {
  const head = `"type":"summary","schema_version":${summary.schema_version},"generator":${jsonText(summary.generator)}`;
  const members: string[] = [];
  writeSummaryMembers(summary, false, ',', (text) => members.push(text));
  return `{${head},${members.join('')},"lost_packets":${lostPackets}}\n`;
}
