import type { CaptureTool, ToolName } from '../../adapters/sources/capture-tool.js';
import type { LiveSnapshot, SnapshotOptions } from '../../core/live/live-model.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { SelectingOptions } from '../shared/run.js';

/** The source of live packets. */
export interface LiveOrigin {
  /** An interface; "-" is a capture on standard input; null, the default, lets the capture tool choose. */
  readonly interfaceName?: string | null;
  /** A capture filter in the tool's language; null, the default, for none. */
  readonly filter?: string | null;
  /** Snapshot length in bytes; null, the default, for whole packets. */
  readonly snapLen?: number | null;
  /** The capture tool; the best that is installed unless given. */
  readonly tool?: ToolName;
  /** Its PATH finds the tools; the process's environment unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a caller watches traffic, and what ends the watch. */
export interface LiveOptions extends SelectingOptions {
  readonly origin: LiveOrigin;
  /** A file to write the capture to. */
  readonly write?: string;
  readonly durationMs?: number;
  /** Ends after so many packets. */
  readonly count?: number;
  /** `--fail-on`: "blocked", "app:NAME", "tls:<1.2" and so on. */
  readonly failOn?: readonly string[];
  /** `--only`: all that may be there. */
  readonly only?: readonly string[];
  /** How many of the connections with the most bytes to return: 10 unless given. */
  readonly top?: number;
  /** Ends the watch: the report covers what has arrived. */
  readonly signal?: AbortSignal;
  /** Called when the name or app of a connection becomes known or changes. The record shows the current state. */
  readonly onLabel?: (connection: ConnectionRecord) => void;
  /** Called as each connection ends. */
  readonly onConnection?: (connection: ConnectionRecord) => void;
  /** Called once the first bytes have arrived, before any packet. */
  readonly onBegin?: (status: LiveStatus) => void;
  /** Called a few times a second, with or without packets, never while a batch is processed. */
  readonly onTick?: (status: LiveStatus) => void;
  /** Called when the rules can't be followed. Without it, the report's warnings tell. */
  readonly onWarning?: (sentence: string) => void;
  /** Returns the promise to await before going on; null when there is room to write. */
  readonly drain?: () => Promise<void> | null;
}

/** The state of a running watch. */
export interface LiveStatus {
  /** Interface, or "-". */
  readonly name: string;
  /** The capture tool, null for standard input. */
  readonly tool: CaptureTool | null;
  /** Since the first bytes arrived. */
  readonly elapsedMs: number;
  /** Packets that the tool has reported as lost; null before its first report, and for standard input. */
  readonly lostPackets: number | null;
  /** Walks over the open connections: call it as often as the result is shown. */
  snapshot(wish: SnapshotOptions): LiveSnapshot;
}

export interface LiveResult {
  readonly summary: ReportSummary;
  readonly top: readonly ConnectionRecord[];
  readonly lostPackets: number | null;
  readonly elapsedMs: number;
  /** The capture broke off, or part of it was damaged. */
  readonly isDamaged: boolean;
}
