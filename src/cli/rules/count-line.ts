import { countText } from '../../render/quantities.js';
import { monotonicMs } from '../../system/clock.js';

const SILENT_MS = 500;
const REDRAW_MS = 100;

/** The progress of a step as a line on a terminal's stderr: "reading 42%". Nothing in the first half second. */
export class CountLine {
  private readonly started = monotonicMs();
  private lastDrawn = 0;
  private drawn = false;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly enabled: boolean,
  ) {}

  update(step: string, done: number, total: number): void {
    const now = monotonicMs();
    if (!this.enabled || now - this.started < SILENT_MS || now - this.lastDrawn < REDRAW_MS) return;
    this.lastDrawn = now;
    this.drawn = true;
    const percent = total === 0 ? '' : `  ${Math.floor((100 * done) / total)}%`;
    this.stream.write(`\r\x1b[K${step} ${countText(done)}${percent}`);
  }

  /** Clears the line; call it before anything else is printed. */
  clear(): void {
    if (this.drawn) this.stream.write('\r\x1b[K');
    this.drawn = false;
  }
}
