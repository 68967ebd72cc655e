import { writeSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

/** The alternate screen, without a cursor and without line wrapping. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Synchronized output: terminals that support it show only complete frames. */
const BEGIN_FRAME = '\x1b[?2026h\x1b[H';
const END_FRAME = '\x1b[J\x1b[?2026l';
const CLEAR_TO_END_OF_LINE = '\x1b[K';

const STDOUT_FD = 1;

const CTRL_C = '\x03';
const CTRL_L = '\x0c';
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';

export interface ScreenEvents {
  /** Ctrl-C; other keys go to `onKey`. */
  onInterrupt(): void;
  onKey(key: string): void;
  /** The size changed, or the program came back to the foreground. */
  onRedraw(): void;
}

/**
 * A terminal that shows frames. Its state is restored in every case: `close`, the end of the process, a defect, Ctrl-Z.
 * Only SIGKILL leaves it as it is.
 */
export class Screen {
  private isOpen = false;

  /**
   * Keys are read from `stdin`, a terminal, Ctrl-C and Ctrl-Z among them; null when keys are not read.
   */
  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly stdin: ReadStream | null,
    private readonly events: ScreenEvents,
  ) {}

  open(): void {
    this.enter();
    process.on('exit', this.leave);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.resume);
    this.stdout.on('resize', this.events.onRedraw);
    this.stdin?.on('data', this.typed);
  }

  /**
   * Without the last column: clearing the rest of the line would also clear the character under a cursor there.
   */
  get width(): number {
    return (this.stdout.columns || 80) - 1;
  }

  get height(): number {
    return this.stdout.rows || 24;
  }

  draw(lines: readonly string[]): void {
    // A slow terminal gets fewer frames.
    if (!this.isOpen || this.stdout.writableNeedDrain) return;
    this.stdout.write(BEGIN_FRAME + lines.map((line) => line + CLEAR_TO_END_OF_LINE).join('\r\n') + END_FRAME);
  }

  close(): void {
    this.leave();
    process.off('exit', this.leave);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.resume);
    this.stdout.off('resize', this.events.onRedraw);
    this.stdin?.off('data', this.typed).pause();
  }

  private enter(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.stdin?.setRawMode(true).resume();
    this.put(ENTER);
  }

  private readonly leave = () => {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.put(LEAVE);
    try {
      this.stdin?.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };

  private readonly suspend = () => {
    this.leave();
    process.kill(process.pid, 'SIGSTOP');
  };

  private readonly resume = () => {
    this.enter();
    this.events.onRedraw();
  };

  private readonly typed = (bytes: Buffer) => {
    for (const key of bytes.toString('latin1')) {
      if (key === CTRL_C || key === CTRL_BACKSLASH) this.events.onInterrupt();
      else if (key === CTRL_Z) process.kill(0, 'SIGTSTP');
      else if (key === CTRL_L) this.events.onRedraw();
      else this.events.onKey(key);
    }
  };

  /** Synchronous: the process may be about to end. */
  private put(text: string): void {
    try {
      writeSync(STDOUT_FD, text);
    } catch {
      // The terminal is gone or busy.
    }
  }
}
