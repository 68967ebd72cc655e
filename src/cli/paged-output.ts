import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { DpiError } from '../core/common/error.js';
import type { CliContext } from './context.js';
import type { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { StreamOutput } from './stream-output.js';

/** less quits where the text fits the screen (F), shows colours (R), and leaves the text on the screen (X). */
const LESS_OPTIONS = 'FRX';
/** UTF-16 code units held back before the pager starts, although more may follow. */
const MOST_HELD = 1 << 20;
const DEFAULT_ROWS = 24;
/** What a shell exits with when it finds no such program, or may not run it. */
const NOT_RUN = [126, 127];

interface Pager {
  readonly stdin: Writable;
  readonly input: StreamOutput;
  /** Its exit code; null where it could not be started. */
  readonly exit: Promise<number | null>;
}

/**
 * Text for a terminal. It is held back until it is complete: short text is then printed, longer text goes through the
 * pager. Text that no pager takes is printed as well.
 */
export class PagedOutput implements Output {
  private held: string[] = [];
  private heldLen = 0;
  private pager: Pager | null = null;

  /** `command` may have arguments; the shell reads it. */
  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly command: string,
    private readonly env: CliContext['env'],
    private readonly interrupt: Interrupt | undefined,
  ) {}

  get isPaged(): boolean {
    return this.pager !== null;
  }

  write(text: string): void {
    if (this.pager !== null && this.heldLen > MOST_HELD) {
      this.pager.input.write(text);
      return;
    }
    this.held.push(text);
    this.heldLen += text.length;
    if (this.heldLen > MOST_HELD) this.open();
  }

  writeBytes(buf: Buffer, start: number, end: number): void {
    this.write(buf.toString('utf8', start, end));
  }

  drain(): Promise<void> | null {
    return this.pager?.input.drain() ?? null;
  }

  async commit(): Promise<void> {
    if (this.pager === null && !this.isLong()) return this.print();
    const { stdin, input, exit } = this.pager ?? this.open();
    // Ctrl-C is a key of the pager.
    this.interrupt?.release();
    const ignore = () => {};
    process.on('SIGINT', ignore);
    try {
      await input.commit();
      stdin.end();
      const code = await exit;
      if (code === null || NOT_RUN.includes(code)) await this.print();
    } finally {
      process.off('SIGINT', ignore);
    }
  }

  discard(): void {
    this.held = [];
    this.pager?.stdin.destroy();
  }

  private open(): Pager {
    const child = spawn(this.command, {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...this.env, LESS: this.env.LESS ?? LESS_OPTIONS },
    });
    const exit = new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', (code, signal) => resolve(signal === null ? code : 0));
    });
    const input = new StreamOutput(child.stdin);
    for (const text of this.held) input.write(text);
    this.pager = { stdin: child.stdin, input, exit };
    return this.pager;
  }

  private isLong(): boolean {
    let lines = 0;
    for (const text of this.held) {
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
    }
    // The prompt takes a row.
    return lines >= (this.stdout.rows || DEFAULT_ROWS);
  }

  private async print(): Promise<void> {
    if (this.heldLen > MOST_HELD) {
      throw new DpiError('no-pager', `the pager '${this.command}' did not start; --no-pager prints the text`);
    }
    const output = new StreamOutput(this.stdout);
    for (const text of this.held) output.write(text);
    await output.commit();
  }
}
