import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DpiError } from '../../core/common/error.js';
import { type CaptureRequest, type CaptureTool, captureArgs } from './capture-tool.js';
import type { RawInput } from './raw-input.js';
import { ToolMessages } from './tool-messages.js';

/** How long a tool that was asked to end may still write. */
const STOP_MS = 2000;

/** How a tool ended. */
export interface ToolEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running capture tool. Its standard output is the input; its standard error is parsed, never shown as it is. */
export class CaptureChild implements RawInput {
  readonly name: string;
  readonly seekable = false;
  readonly totalLen = null;
  bytesRead = 0;
  readonly messages = new ToolMessages();
  /** Resolves when the tool has exited; never rejects. */
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
    // In its own session, so that Ctrl-C reaches only us and the tool can finish its output.
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

  /** Asks the tool to end. It has two seconds to write the packets that it has captured. */
  stop(): void {
    if (this.isGone || this.killTimer !== null) return;
    this.signal('SIGINT');
    this.killTimer = setTimeout(this.kill, STOP_MS);
  }

  /** Discards its remaining output. */
  discard(): void {
    this.child.stdout.removeAllListeners('readable').resume();
  }

  /** Asks for the number of lost packets, which only tcpdump tells while it runs. */
  askForDrops(): void {
    // The signal would end another tool, or one that has not begun.
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

  /** Takes the bytes in the pipe; false when it is empty. */
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
      // It runs as another user: it ends when its pipe is closed.
    }
  }

  private notStarted(): DpiError {
    const { path } = this.tool;
    return new DpiError('capture-failed', `can't run ${path}: ${this.failure!.message}`, { cause: this.failure });
  }
}
