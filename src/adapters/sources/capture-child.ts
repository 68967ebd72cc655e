import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DpiError } from '../../core/common/error.js';
import { type CaptureRequest, type CaptureTool, captureArgs } from './capture-tool.js';
import type { RawInput } from './raw-input.js';
import { ToolMessages } from './tool-messages.js';

/** A tool that was asked to end gets so long to hand on what it has. */
const STOP_MS = 2000;

/** How a tool ended. */
export interface ToolEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A capture tool at work: its standard output is the input, its standard error is read and never shown as it is. */
export class CaptureChild implements RawInput {
  readonly name: string;
  readonly seekable = false;
  readonly totalLen = null;
  bytesRead = 0;
  readonly messages = new ToolMessages();
  /** Settled when the tool is gone; never rejects. */
  readonly ended: Promise<ToolEnd>;

  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private chunk: Buffer = Buffer.alloc(0);
  private chunkAt = 0;
  private isOver = false;
  private isGone = false;
  private failure: Error | null = null;
  private wake: (() => void) | null = null;
  private killTimer: NodeJS.Timeout | null = null;

  constructor(
    readonly tool: CaptureTool,
    request: CaptureRequest,
  ) {
    this.name = request.interfaceName;
    // In a session of its own: Ctrl-C is for us, and we let the tool finish what it has.
    this.child = spawn(tool.path, captureArgs(tool.name, request), {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const { stdout, stderr } = this.child;
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => this.messages.take(text));
    stdout.on('readable', () => this.wakeUp());
    for (const event of ['end', 'close', 'error']) stdout.on(event, () => this.over());
    stderr.on('error', () => {});
    this.ended = new Promise((resolve) => {
      const gone = (end: ToolEnd) => {
        this.isGone = true;
        this.messages.end();
        if (this.killTimer !== null) clearTimeout(this.killTimer);
        process.off('exit', this.kill);
        resolve(end);
      };
      this.child.once('close', (code, signal) => gone({ code, signal }));
      this.child.once('error', (error) => {
        this.failure = error;
        this.over();
        gone({ code: null, signal: null });
      });
    });
    process.once('exit', this.kill);
  }

  /** Waits for the first bytes; false when the tool ends without any. Rejects with a DpiError where it can't be run. */
  async hasBytes(): Promise<boolean> {
    await this.waitForBytes();
    return this.chunkAt < this.chunk.length;
  }

  read(into: Buffer, at: number, len: number): number | Promise<number> {
    if (this.chunkAt < this.chunk.length) return this.handOn(into, at, len);
    if (this.failure !== null) throw this.notStarted();
    return this.take() || this.isOver ? this.handOn(into, at, len) : this.readLater(into, at, len);
  }

  rewind(): void {}

  /** Asks the tool to end; it hands on what it has captured, for two seconds at most. */
  stop(): void {
    if (this.isGone || this.killTimer !== null) return;
    this.signal('SIGINT');
    this.killTimer = setTimeout(this.kill, STOP_MS);
  }

  /** Nobody wants what it still hands on. */
  discard(): void {
    this.child.stdout.removeAllListeners('readable').resume();
  }

  /** Asks for the number of lost packets, which only tcpdump tells while it runs. */
  askForDrops(): void {
    // Elsewhere, or before it has begun, the signal would end it.
    if (this.tool.name === 'tcpdump' && process.platform === 'linux' && this.messages.hasBegun) this.signal('SIGUSR1');
  }

  close(): void {
    this.kill();
    this.child.stdout.destroy();
  }

  private async readLater(into: Buffer, at: number, len: number): Promise<number> {
    await this.waitForBytes();
    return this.handOn(into, at, len);
  }

  private async waitForBytes(): Promise<void> {
    while (!this.take() && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure !== null) throw this.notStarted();
  }

  private handOn(into: Buffer, at: number, len: number): number {
    const got = Math.min(len, this.chunk.length - this.chunkAt);
    this.chunk.copy(into, at, this.chunkAt, this.chunkAt + got);
    this.chunkAt += got;
    this.bytesRead += got;
    return got;
  }

  /** Takes what the pipe has; false when that is nothing. */
  private take(): boolean {
    const chunk = this.child.stdout.read() as Buffer | null;
    if (chunk === null) return false;
    this.chunk = chunk;
    this.chunkAt = 0;
    return true;
  }

  private over(): void {
    this.isOver = true;
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  private readonly kill = () => this.signal('SIGKILL');

  private signal(signal: NodeJS.Signals): void {
    if (this.isGone) return;
    try {
      this.child.kill(signal);
    } catch {
      // It runs as somebody else: it ends when its pipe is closed.
    }
  }

  private notStarted(): DpiError {
    const { path } = this.tool;
    return new DpiError('capture-failed', `can't run ${path}: ${this.failure!.message}`, 2, { cause: this.failure });
  }
}
