import type { Paint } from '../../render/paint.js';
import { bytesText, clockText, countText } from '../../render/quantities.js';
import type { LiveResult } from '../../usecases/live/live-types.js';
import type { CliContext } from '../context.js';
import { StreamOutput } from '../stream-output.js';
import { canRedraw, terminalWidth } from '../terminal.js';
import type { LiveViewer } from './viewer.js';

/** How the report looks; `top` is the number of rows in each list. */
export interface ReportStyle {
  readonly paint: Paint;
  readonly top: number;
}

/** Writes the report of `dpi analyze` at the end; until then a terminal's stderr shows a line with the counts. */
export function reportViewer(
  context: CliContext,
  style: ReportStyle,
  quiet: boolean,
  onUnread: () => void,
): LiveViewer {
  const { stdout, stderr } = context;
  const output = new StreamOutput(stdout, onUnread);
  const showsLine = canRedraw(stderr, context.env) && !quiet;
  let shown = false;
  const clear = () => {
    if (shown) stderr.write('\r\x1b[K');
    shown = false;
  };
  return {
    hooks: {
      onTick: (status) => {
        if (!showsLine) return;
        const { packets, bytes } = status.snapshot({ apps: 0, domains: 0, connections: 0, order: 'rate' });
        const words = [clockText(status.elapsedMs / 1000), `${countText(packets)} packets`, bytesText(bytes)];
        stderr.write(`\r${words.join('  ')}  (Ctrl-C quits)\x1b[K`);
        shown = true;
      },
    },
    close: clear,
    async finish(result) {
      await writeReport(result, output, context, style);
      await output.commit();
    },
    ownsTerminal: false,
    get isUnread() {
      return output.isClosed;
    },
  };
}

/** The report of `dpi analyze` in `output`, as wide as the terminal. */
export async function writeReport(
  result: LiveResult,
  output: StreamOutput,
  context: CliContext,
  style: ReportStyle,
): Promise<void> {
  const { tableFormat } = await import('../../render/table.js');
  const { stdout, stderr, env } = context;
  const format = tableFormat((text) => output.write(text), {
    width: terminalWidth(stdout, stderr, env),
    paint: style.paint,
    top: style.top,
  });
  format.finish({ summary: result.summary, topConnections: result.top });
}
