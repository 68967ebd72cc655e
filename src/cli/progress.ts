import type { Ora } from 'ora';
import { bytesText, clockText, countText, rateText } from '../render/quantities.js';
import { monotonicMs } from '../system/clock.js';
import type { AnalyzeProgress } from '../usecases/shared/progress.js';
import type { CliContext } from './context.js';
import { type ColourOption, canRedraw, wantsColour } from './terminal.js';

/** Shorter work shows nothing. */
const SILENT_MS = 1000;
const REDRAW_MS = 100;

/** The progress of a command, drawn on a stderr that can be redrawn. */
export function progressOn({ stderr, env }: CliContext, colour: ColourOption): ProgressLine {
  return new ProgressLine(canRedraw(stderr, env) ? stderr : null, wantsColour(stderr, env, colour));
}

/**
 * One line on a terminal's stderr: percent, packets, rate, time left. Nothing is loaded or drawn in the first second,
 * or when stderr is not a terminal.
 */
export class ProgressLine {
  private spinner: Ora | null = null;
  private loading = false;
  private finished = false;
  private lastDrawn = 0;
  private readonly started: number;

  /** `stream` is null where nothing can be drawn. */
  constructor(
    private readonly stream: NodeJS.WriteStream | null,
    private readonly colour: boolean,
    private readonly now: () => number = monotonicMs,
  ) {
    this.started = now();
  }

  /**
   * Draws `progress` when a redraw is due; cheap enough to call for every chunk read. `textAt` gives another text than
   * progressText.
   */
  update(progress: AnalyzeProgress, textAt = (seconds: number) => progressText(progress, seconds)): void {
    if (this.stream?.isTTY !== true || this.finished) return;
    const now = this.now();
    if (now - this.started < SILENT_MS || now - this.lastDrawn < REDRAW_MS) return;
    this.lastDrawn = now;
    if (this.spinner !== null) {
      this.spinner.text = textAt((now - this.started) / 1000);
      // The work may block ora's own timer.
      this.spinner.render();
    } else if (!this.loading) {
      this.loading = true;
      void this.load(textAt);
    }
  }

  /** Clears the line and restores the cursor; call it before anything else is printed. */
  clear(): void {
    this.finished = true;
    this.spinner?.stop();
    this.spinner = null;
  }

  private async load(textAt: (seconds: number) => string): Promise<void> {
    const { default: ora } = await import('ora');
    if (this.finished) return;
    this.spinner = ora({
      stream: this.stream!,
      isEnabled: true,
      // stdin may be the capture.
      discardStdin: false,
      color: this.colour ? 'cyan' : false,
      text: textAt((this.now() - this.started) / 1000),
    }).start();
  }
}

/** "45%  1,234,567 packets  820 k/s  0:12 left"; from a pipe "1.2 GB  1,234,567 packets  820 k/s". */
export function progressText({ bytesRead, totalLen, packets }: AnalyzeProgress, seconds: number): string {
  const parts = [`${countText(packets)} packets`, `${rateText(packets / Math.max(seconds, 0.001))}/s`];
  if (totalLen === null || totalLen === 0) return [bytesText(bytesRead), ...parts].join('  ');
  const fraction = Math.min(1, bytesRead / totalLen);
  const left = fraction > 0 ? [`${clockText((seconds * (1 - fraction)) / fraction)} left`] : [];
  return [`${Math.floor(fraction * 100)}%`, ...parts, ...left].join('  ');
}
