import { liveLine } from '../../render/live-line.js';
import {
  liveConnectionJson,
  liveLabelJson,
  liveStartJson,
  liveStatsJson,
  liveSummaryJson,
} from '../../render/live-ndjson.js';
import type { LiveStatus } from '../../usecases/live/live-types.js';
import { StreamOutput } from '../stream-output.js';
import type { LiveViewer } from './viewer.js';

const NO_ROWS = { apps: 0, domains: 0, connections: 0, order: 'rate' } as const;

/** `--ndjson`: an object for each event, written as soon as the packet is read. */
export function ndjsonViewer(stdout: NodeJS.WriteStream, intervalMs: number, onUnread: () => void): LiveViewer {
  const output = new StreamOutput(stdout, onUnread);
  let lastStatsMs = 0;
  const stats = (status: LiveStatus) => {
    const { elapsedMs, lostPackets } = status;
    if (elapsedMs - lastStatsMs >= intervalMs) {
      lastStatsMs = elapsedMs;
      output.write(liveStatsJson(status.snapshot(NO_ROWS), elapsedMs, lostPackets));
    }
    output.flush();
  };
  return {
    hooks: {
      onBegin: ({ name, tool }) => {
        output.write(liveStartJson(name, tool?.name ?? null));
        output.flush();
      },
      onTick: stats,
      onLabel: (connection) => output.write(liveLabelJson(connection)),
      onConnection: (connection) => output.write(liveConnectionJson(connection)),
      drain: () => flushed(output),
    },
    close() {},
    async finish({ summary, lostPackets }) {
      output.write(liveSummaryJson(summary, lostPackets));
      await output.commit();
    },
    ownsTerminal: false,
    get isUnread() {
      return output.isClosed;
    },
  };
}

/** `--lines`: a line for each connection as its name or app becomes known. */
export function lineViewer(stdout: NodeJS.WriteStream, onUnread: () => void): LiveViewer {
  const output = new StreamOutput(stdout, onUnread);
  return {
    hooks: {
      onLabel: (connection) => output.write(`${liveLine(connection)}\n`),
      drain: () => flushed(output),
    },
    close() {},
    finish: () => output.commit(),
    ownsTerminal: false,
    get isUnread() {
      return output.isClosed;
    },
  };
}

/** Flushes: no text stays buffered while the program waits for packets. */
function flushed(output: StreamOutput): Promise<void> | null {
  output.flush();
  return output.drain();
}
