import { open, unlink } from 'node:fs/promises';
import { DpiError } from '../../core/common/error.js';
import { isMissing } from '../../core/common/file-error.js';
import type { RuleChange } from '../../rules/rule-book.js';
import { formatChange, parseChange } from './change-json.js';

const OWNER_ONLY = 0o600;

/**
 * The latest changes of a large rules file, one line of JSON each, in `<rules file>.changes`: a server writes a line
 * instead of the whole file and puts the changes into the file when it has the time. Changes up to the file's version
 * are in the file already. A last line without its end was cut off by a crash: that change was never acknowledged.
 */
export class RuleJournal {
  readonly path: string;

  constructor(rulesFile: string) {
    this.path = `${rulesFile}.changes`;
  }

  /** The changes from byte `from` on, and where the last one ends; none without a journal. Throws errno errors. */
  async read(from: number): Promise<{ readonly changes: readonly RuleChange[]; readonly end: number }> {
    const text = await this.textFrom(from);
    const end = text.lastIndexOf(0x0a) + 1;
    const lines = end === 0 ? [] : text.toString('utf8', 0, end - 1).split('\n');
    const changes = lines.map((line) => {
      const change = parseChange(line);
      if (change !== null) return change;
      throw new DpiError(
        'bad-rules-document',
        `${this.path} is damaged: ${JSON.stringify(line.slice(0, 60))} is no change`,
      );
    });
    return { changes, end: from + end };
  }

  /** Writes a change behind byte `end`, durably. What was there from `end` on goes. Returns where the change ends. */
  async append(change: RuleChange, end: number): Promise<number> {
    const line = Buffer.from(`${formatChange(change)}\n`);
    const file = await open(this.path, end === 0 ? 'w' : 'r+', OWNER_ONLY);
    try {
      await file.truncate(end);
      await file.write(line, 0, line.length, end);
      await file.datasync();
    } finally {
      await file.close();
    }
    return end + line.length;
  }

  async remove(): Promise<void> {
    await unlink(this.path).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }

  private async textFrom(from: number): Promise<Buffer> {
    const file = await open(this.path, 'r').catch((error) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (file === null) return Buffer.alloc(0);
    try {
      const { size } = await file.stat();
      const text = Buffer.alloc(Math.max(0, size - from));
      const { bytesRead } = await file.read(text, 0, text.length, from);
      return text.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
