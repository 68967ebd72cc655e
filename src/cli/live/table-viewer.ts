import type { ReadStream } from 'node:tty';
import { liveFrameLines } from '../../render/live-frame.js';
import type { LiveStatus } from '../../usecases/live/live-types.js';
import type { CliContext } from '../context.js';
import { StreamOutput } from '../stream-output.js';
import { type ReportStyle, writeReport } from './report-viewer.js';
import { Screen } from './screen.js';
import type { LiveViewer } from './viewer.js';

/**
 * A table, redrawn in place while packets arrive; the report stays on the terminal at the end. `keys` is the terminal
 * that keys are read from, null for none.
 */
export function tableViewer(
  context: CliContext,
  keys: ReadStream | null,
  style: ReportStyle,
  intervalMs: number,
  end: TableEnd,
): LiveViewer {
  const { stdout } = context;
  const output = new StreamOutput(stdout, end.onUnread);
  let status: LiveStatus | null = null;
  let order: 'rate' | 'total' = 'rate';
  let drawn = Number.NEGATIVE_INFINITY;

  const screen = new Screen(stdout, keys, {
    onInterrupt: end.onInterrupt,
    onKey: (key) => {
      if (key === 'q' || key === 'Q') end.onQuit();
      else if (key === 's' || key === 'S') {
        order = order === 'rate' ? 'total' : 'rate';
        redraw();
      }
    },
    onRedraw: () => redraw(),
  });

  function redraw(): void {
    if (status === null) return;
    drawn = status.elapsedMs;
    const { width, height } = screen;
    const rows = { apps: height, domains: height, connections: height, order };
    const { name, tool, elapsedMs, lostPackets } = status;
    const frame = {
      name,
      tool: tool?.name ?? null,
      elapsedMs,
      lostPackets,
      snapshot: status.snapshot(rows),
      hint: hintText(keys !== null, order),
    };
    screen.draw(liveFrameLines(frame, { width, height, paint: style.paint }));
  }

  return {
    hooks: {
      onBegin: (begun) => {
        status = begun;
        screen.open();
        redraw();
      },
      onTick: ({ elapsedMs }) => {
        if (elapsedMs - drawn >= intervalMs) redraw();
      },
    },
    close: () => screen.close(),
    async finish(result) {
      await writeReport(result, output, context, style);
      await output.commit();
    },
    ownsTerminal: true,
    get isUnread() {
      return output.isClosed;
    },
  };
}

export interface TableEnd {
  onQuit(): void;
  onInterrupt(): void;
  onUnread(): void;
}

function hintText(hasKeys: boolean, order: 'rate' | 'total'): string {
  const sorted = order === 'rate' ? 'highest rate first' : 'most bytes first';
  if (!hasKeys) return `${sorted} · Ctrl-C quits · dpi live blocks nothing`;
  const other = order === 'rate' ? 'total' : 'rate';
  return `q quits · s sorts by ${other} (${sorted}) · dpi live blocks nothing`;
}
