import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { DpiError } from '../../core/common/error.js';
import type { ByteSink } from '../compose.js';
import { noRoom, type SpoolShare, takeRoom } from './spool-room.js';
import type { SpooledResponse } from './upload-messages.js';

/** Responses up to this length stay in memory. */
const MAX_MEMORY_LEN = 1 << 20;
const OWNER_ONLY = 0o600;
const TEXT_PIECE_LEN = 1 << 16;

/**
 * Collects a response until the work is done: only then is its status certain. A long response goes to a file, so that
 * the worker is free again however slowly the client reads.
 */
export class ResponseSpool implements ByteSink {
  readonly isStream = false;
  private chunks: Buffer[] = [];
  private len = 0;
  private text = '';
  private fd = -1;
  private isInFile = false;

  /** Throws DpiError "answer-too-long" when the response exceeds `maxLen` bytes. */
  constructor(
    private readonly file: string,
    private readonly maxLen: number,
    private readonly share: SpoolShare,
  ) {}

  writeText(text: string): void {
    this.text += text;
    if (this.text.length >= TEXT_PIECE_LEN) this.flushText();
  }

  write(bytes: Buffer): void {
    this.reserve(bytes.length);
    // A file takes the bytes at once; in memory they need a copy.
    if (this.isInFile) this.append(bytes);
    else this.chunks.push(Buffer.from(bytes));
    this.len += bytes.length;
  }

  drain(): null {
    return null;
  }

  takeBack(len: number): boolean {
    this.len -= len;
    if (this.isInFile) attempt(() => ftruncateSync(this.fd, this.len));
    else this.chunks = [Buffer.concat(this.chunks).subarray(0, this.len)];
    return true;
  }

  async commit(): Promise<void> {
    this.flushText();
  }

  /** Closes the file. The owner of its folder deletes it. */
  discard(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  response(): SpooledResponse {
    return { bytes: this.isInFile ? null : Buffer.concat(this.chunks), len: this.len };
  }

  private flushText(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') this.write(Buffer.from(text));
  }

  /** Makes room for `len` bytes; moves the response to the file when it gets too long for memory. */
  private reserve(len: number): void {
    if (this.len + len > this.maxLen) {
      throw new DpiError('answer-too-long', `the response would be longer than ${this.maxLen} bytes`);
    }
    if (!this.isInFile && this.len + len > MAX_MEMORY_LEN) this.moveToFile();
  }

  private moveToFile(): void {
    this.fd = attempt(() => openSync(this.file, 'wx', OWNER_ONLY));
    this.isInFile = true;
    for (const chunk of this.chunks) this.append(chunk);
    this.chunks = [];
  }

  private append(bytes: Buffer): void {
    takeRoom(this.share, bytes.length);
    attempt(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done);
    });
  }
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw noRoom('the response', error);
  }
}
