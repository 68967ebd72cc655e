import { bytesText, clockText, countText } from '../../render/quantities.js';
import { tableFormat } from '../../render/table.js';
import type { LiveResult } from '../../usecases/live/live-types.js';
import type { CliContext } from '../context.js';
import { StreamOutput } from '../stream-output.js';
import { terminalWidth, wantsColour } from '../terminal.js';
import type { LiveViewer } from './viewer.js';

export interface ReportStyle {
  readonly colour: boolean;
  readonly top: number;
}

/** Writes the report of `dpi analyze` when all is over, and on a terminal's stderr a line that shows that it works. */
export function reportViewer(context: CliContext, look: ReportStyle, quiet: boolean, onUnread: () => void): LiveViewer {
  const { stdout, stderr } = context;
  const output = new StreamOutput(stdout, onUnread);
  const showsLine = stderr.isTTY === true && !quiet;
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
        stderr.write(`\r${words.join('  ')}  (Ctrl-C ends)\x1b[K`);
        shown = true;
      },
    },
    close: clear,
    async finish(result) {
      writeReport(result, output, context, look);
      await output.commit();
    },
    ownsTerminal: false,
    get isUnread() {
      return output.isClosed;
    },
  };
}

/** The report of `dpi analyze` in `output`, as wide as the terminal. */
export function writeReport(result: LiveResult, output: StreamOutput, context: CliContext, look: ReportStyle): void {
  const { stdout, stderr, env } = context;
  const format = tableFormat((text) => output.write(text), {
    width: terminalWidth(stdout, stderr, env),
    colour: wantsColour(stdout, env, look.colour),
    top: look.top,
  });
  format.finish({ summary: result.summary, topConnections: result.top, elapsedMs: null });
}
