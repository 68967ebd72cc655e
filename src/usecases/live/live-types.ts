import type { CaptureTool, ToolName } from '../../adapters/sources/capture-tool.js';
import type { Limits } from '../../core/engine/options.js';
import type { LiveSnapshot, SnapshotOptions } from '../../core/live/live-model.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { RuleChoice } from '../rules/rules-in-force.js';

/** Where packets come from while they happen. */
export interface LiveOrigin {
  /** An interface; "-" is a capture on standard input; null leaves the choice to the capture tool. */
  readonly interfaceName: string | null;
  readonly filter: string | null;
  readonly snapLen: number | null;
  /** Which tool captures; undefined for the best that is there. */
  readonly tool: ToolName | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How traffic is watched, and what ends it. */
export interface LiveOptions {
  readonly origin: LiveOrigin;
  /** A file that keeps the capture. */
  readonly write?: string;
  readonly durationMs?: number;
  /** Ends after so many packets. */
  readonly count?: number;
  readonly limits?: Partial<Limits>;
  readonly appsFiles?: readonly string[];
  readonly rules: RuleChoice;
  readonly failOn?: readonly string[];
  /** How many of the connections with the most bytes to hand back in the end. */
  readonly top: number;
  /** Ends the watching: what has come is reported. */
  readonly signal: AbortSignal;
  /** Called as the name or app of a connection becomes known, or another than before. The record is as things stand. */
  readonly onLabel?: (connection: ConnectionRecord) => void;
  /** Called as each connection ends. */
  readonly onConnection?: (connection: ConnectionRecord) => void;
  /** Called once the first bytes have come, before any packet. */
  readonly onBegin?: (status: LiveStatus) => void;
  /** Called a few times a second, whether packets come or not, never while a batch is being worked on. */
  readonly onTick?: (status: LiveStatus) => void;
  /** Called with what goes wrong with the rules while it runs; without it, the report's warnings have it. */
  readonly onWarning?: (sentence: string) => void;
  /** The promise to await before going on; null when there is room to write. */
  readonly drain?: () => Promise<void> | null;
}

/** What a viewer can ask while it goes on. */
export interface LiveStatus {
  /** Interface, or "-". */
  readonly name: string;
  /** What captures, null for standard input. */
  readonly tool: CaptureTool | null;
  /** Since the first bytes came. */
  readonly elapsedMs: number;
  /** Packets lost on the way here, as far as the tool has said so; null before, and where nobody counts them. */
  readonly lostPackets: number | null;
  /** Costs a walk over the open connections: ask as often as it is looked at. */
  snapshot(wish: SnapshotOptions): LiveSnapshot;
}

export interface LiveResult {
  readonly summary: ReportSummary;
  readonly top: readonly ConnectionRecord[];
  readonly lostPackets: number | null;
  readonly elapsedMs: number;
  /** 0; 1 when something that `failOn` asks about was found; else 3 when the capture ended by accident. */
  readonly exitCode: number;
}
