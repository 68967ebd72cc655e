import { DpiError } from '../../core/common/error.js';

/** Bytes that all uploads and responses have on disk, as a counter that threads share. */
export interface SpoolCounter {
  readonly used: BigInt64Array;
  readonly maxLen: number;
}

export function spoolCounter(maxLen: number): SpoolCounter {
  return { used: new BigInt64Array(new SharedArrayBuffer(8)), maxLen };
}

/** One file's share of the spool. Cloneable parts; `used` is shared between the server and its worker. */
export interface SpoolShare {
  readonly counter: SpoolCounter;
  readonly own: BigInt64Array;
}

export function spoolShare(counter: SpoolCounter): SpoolShare {
  return { counter, own: new BigInt64Array(new SharedArrayBuffer(8)) };
}

/** Call before `len` bytes are written to disk. Throws DpiError "no-room" if the spool is full. */
export function takeRoom({ counter, own }: SpoolShare, len: number): void {
  const more = BigInt(len);
  if (Atomics.add(counter.used, 0, more) + more > BigInt(counter.maxLen)) {
    Atomics.sub(counter.used, 0, more);
    throw new DpiError(
      'no-room',
      `uploads and responses in progress take ${counter.maxLen} bytes on disk already (--max-spool); try again later`,
    );
  }
  Atomics.add(own, 0, more);
}

/** Call when the file is deleted. May be called twice. */
export function giveBackRoom({ counter, own }: SpoolShare): void {
  Atomics.sub(counter.used, 0, Atomics.exchange(own, 0, 0n));
}

/** The problem of a write to the spool that failed; `what` was to be stored. */
export function noRoom(what: string, error: unknown): DpiError {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  // The message of Node names the path, which is not for clients.
  const reason = isFull ? 'its temporary folder is full' : (code ?? message);
  return new DpiError('no-room', `the server can't store ${what}: ${reason}`, { cause: error });
}
