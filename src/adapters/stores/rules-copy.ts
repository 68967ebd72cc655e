import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredRules } from '../../rules/rule-store.js';
import { removeAbandoned, writeFileAtomically } from './atomic-file.js';
import { readRulesDocument } from './read-rules-document.js';
import { type RedisAddress, redisIdentity } from './redis-url.js';
import { formatRulesDocument, type RulesDocument } from './rules-document.js';

/** The last copy of the rules read from one Redis, user and prefix, kept for the time when it can't be reached. */
export class RulesCopy {
  readonly path: string;

  constructor(
    private readonly folder: string,
    address: RedisAddress,
    prefix: string,
  ) {
    const identity = createHash('sha256')
      .update(`${redisIdentity(address)}\n${prefix}`)
      .digest('hex')
      .slice(0, 16);
    this.path = join(folder, `redis-rules-${identity}.json`);
  }

  /** Throws what the file system throws. */
  async save(rules: StoredRules, nowMs: number): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await removeAbandoned(this.path);
    await writeFileAtomically(this.path, formatRulesDocument(rules, nowMs));
  }

  /** Null when there is no copy, or it can't be read. */
  async read(): Promise<RulesDocument | null> {
    try {
      return await readRulesDocument(this.path, `the copy ${this.path}`);
    } catch {
      return null;
    }
  }
}
