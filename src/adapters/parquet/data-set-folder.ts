import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { syncTree } from '../outputs/sync-tree.js';
import { cannotWrite } from '../outputs/write-error.js';
import { TABLE_NAMES } from './tables.js';

/** Name of the folder in a data set where its next files are written. */
const UNFINISHED = '.unfinished-';

/**
 * A stream's name in a data set, made of a path: what is no letter, digit, dot, hyphen or underscore becomes an
 * underscore, so that paths and readers of Hive partitions take it as it is.
 */
export function streamText(name: string): string {
  const text = name.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._]+/, '');
  return text === '' ? 'stream' : text.slice(0, 120);
}

/** The stream's name for captures that are analyzed as one: the name of the first without its ending. */
export function streamOf(paths: readonly string[]): string {
  const first = paths[0] ?? '-';
  return streamText(
    first === '-'
      ? 'stdin'
      : basename(first)
          .replace(/\.(gz|zst)$/i, '')
          .replace(/\.\w+$/, ''),
  );
}

/** A stream's new files, beside the data set until they are complete. */
export class UnfinishedStream {
  /** Where to write the tables. */
  readonly folder: string;

  /** Makes the data set's folder where there is none. Throws a DpiError. */
  constructor(
    private readonly dataSet: string,
    private readonly stream: string,
  ) {
    this.folder = join(dataSet, `${UNFINISHED}${process.pid}-${randomBytes(4).toString('hex')}`);
    this.attempt(() => mkdirSync(this.folder, { recursive: true }));
  }

  /**
   * Makes the files durable and puts them in place of the stream's old ones, table by table. Rejects with a DpiError.
   */
  async publish(): Promise<void> {
    await syncTree(this.folder).catch((error: NodeJS.ErrnoException) => {
      throw cannotWrite(this.dataSet, error);
    });
    this.attempt(() => {
      for (const table of TABLE_NAMES) {
        const name = `stream=${this.stream}`;
        const target = join(this.dataSet, table, name);
        const old = join(this.folder, `old-${table}`);
        mkdirSync(join(this.dataSet, table), { recursive: true });
        if (existsSync(target)) renameSync(target, old);
        if (existsSync(join(this.folder, table, name))) renameSync(join(this.folder, table, name), target);
      }
    });
    this.discard();
  }

  /** Deletes what is not in place. May be called twice. */
  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw cannotWrite(this.dataSet, error as NodeJS.ErrnoException);
    }
  }
}
