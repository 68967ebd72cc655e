import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HttpProblem } from '../problem.js';
import { noRoom, type SpoolShare, takeRoom } from './spool-room.js';

const OWNER_ONLY = 0o600;

/** Where a body goes, and how much of it is accepted. */
export interface BodyTarget {
  readonly file: string;
  readonly maxLen: number;
  readonly share: SpoolShare;
}

/**
 * Writes a request's body to a file, so that a worker is taken only when all of it is there. The body is never
 * destroyed, which would close its connection before the response. Rejects with an HttpProblem when the body is cut
 * short or too long, and with DpiError "no-room" when the disk is full.
 */
export async function receiveBody(body: Readable, target: BodyTarget, signal: AbortSignal): Promise<void> {
  const file = await attempt(() => open(target.file, 'wx', OWNER_ONLY));
  try {
    await new Promise<void>((resolve, reject) => new Reception(body, target, file, { resolve, reject }).begin(signal));
  } finally {
    await file.close();
  }
}

interface Settle {
  resolve(): void;
  reject(error: unknown): void;
}

/** A body on its way to its file: one chunk is written at a time, the body is paused meanwhile. */
class Reception {
  private len = 0;
  private isWriting = false;
  private hasEnded = false;
  private isOver = false;

  constructor(
    private readonly body: Readable,
    private readonly target: BodyTarget,
    private readonly file: FileHandle,
    private readonly settle: Settle,
  ) {}

  begin(signal: AbortSignal): void {
    const { body } = this;
    const cut = (): void => {
      if (!this.hasEnded) this.fail(cutShort());
    };
    signal.addEventListener('abort', cut, { once: true });
    body.on('error', cut);
    body.on('close', cut);
    if (body.destroyed || signal.aborted) cut();
    body.on('data', (chunk: Buffer) => void this.take(chunk));
    body.on('end', () => {
      this.hasEnded = true;
      this.finish();
    });
  }

  private async take(chunk: Buffer): Promise<void> {
    if (this.isOver) return;
    this.len += chunk.length;
    if (this.len > this.target.maxLen) return this.fail(tooLong(this.target.maxLen));
    this.body.pause();
    this.isWriting = true;
    try {
      takeRoom(this.target.share, chunk.length);
      await attempt(() => writeAll(this.file, chunk));
    } catch (error) {
      this.fail(error);
    }
    this.isWriting = false;
    this.body.resume();
    this.finish();
  }

  private finish(): void {
    if (!this.hasEnded || this.isWriting || this.isOver) return;
    this.isOver = true;
    this.settle.resolve();
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.settle.reject(error);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

async function attempt<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw noRoom('the upload', error);
  }
}

export function tooLong(maxLen: number): HttpProblem {
  return new HttpProblem(413, 'upload-too-long', `the upload is longer than ${maxLen} bytes (--max-upload)`);
}

export function cutShort(): HttpProblem {
  return new HttpProblem(400, 'body-cut-short', 'the upload was cut short');
}
