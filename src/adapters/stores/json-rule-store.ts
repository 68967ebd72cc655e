import { mkdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DpiError } from '../../core/common/error.js';
import { countRules, type RuleGroup, ruleId } from '../../core/policy/rule.js';
import {
  findExisting,
  ofAction,
  planAdd,
  selectedValues,
  wantedRules,
  withoutValues,
} from '../../rules/rule-change.js';
import type {
  AddOptions,
  AddResult,
  ClearResult,
  RemoveOptions,
  RemoveResult,
  RuleQuery,
  RuleSelection,
  RuleStore,
  StoredRules,
} from '../../rules/rule-store.js';
import { removeAbandoned, writeFileAtomically } from './atomic-file.js';
import { fileError, isMissing } from './file-error.js';
import { LockLostError, withFileLock } from './file-lock.js';
import { fileStamp } from './file-stamp.js';
import { JsonWatch } from './json-watch.js';
import { readRulesDocument } from './read-rules-document.js';
import { formatRulesDocument } from './rules-document.js';

const EMPTY: StoredRules = { version: 0, groups: [] };
const MAX_ATTEMPTS = 3;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What an edit leaves behind; the same groups mean that nothing is to be written. */
interface Edit<T> {
  readonly groups: readonly RuleGroup[];
  readonly result: (version: number) => T;
}

/** Rules in a JSON file, written whole under a lock by temporary file and rename. Readers need no lock. */
export class JsonRuleStore implements RuleStore {
  readonly kind = 'json';
  private readonly path: string;
  /** The version that a certain file held. */
  private known: { readonly stamp: string; readonly version: number } | null = null;

  /** `mustExist`: a missing file is an error when rules are read (it was named by hand), not an empty store. */
  constructor(
    path: string,
    private readonly mustExist = false,
  ) {
    this.path = resolve(path);
  }

  describe(): string {
    return this.path;
  }

  async load(): Promise<StoredRules> {
    const rules = await this.read();
    if (rules !== null) return rules;
    if (!this.mustExist) return EMPTY;
    throw new DpiError('no-rules-file', `there is no rules file ${this.path}; 'dpi rules add' creates it`);
  }

  async find(queries: readonly RuleQuery[]): Promise<StoredRules> {
    const { version, groups } = await this.load();
    return { version, groups: groups.flatMap((group) => matching(group, queries)) };
  }

  /** Reads a file once for each of its changes. */
  async version(): Promise<number> {
    const stamp = await this.stamp();
    if (this.known === null || this.known.stamp !== stamp) this.known = { stamp, version: (await this.load()).version };
    return this.known.version;
  }

  add(groups: readonly RuleGroup[], options: AddOptions = {}): Promise<AddResult> {
    const wanted = wantedRules(groups);
    return this.change(({ groups: stored }) => {
      const plan = planAdd(groups, wanted, findExisting(stored, wanted), options.keepAllowed ?? false);
      const replaced = selectedValues(plan.groups);
      const result = (version: number): AddResult => ({ version, outcomes: plan.outcomes });
      if (plan.groups.length === 0) return { groups: stored, result };
      return { groups: [...withoutValues(stored, replaced), ...plan.groups], result };
    });
  }

  remove(selections: readonly RuleSelection[], options: RemoveOptions = {}): Promise<RemoveResult> {
    const selected = selectedValues(selections);
    return this.change(({ groups: stored }) => {
      const existing = new Map(
        [...findExisting(stored, selected)].map(([type, rules]) => [type, ofAction(rules, options.action)]),
      );
      const removed: string[] = [];
      const missing: string[] = [];
      for (const [type, values] of selected) {
        for (const value of values) (existing.get(type)?.has(value) ? removed : missing).push(ruleId(type, value));
      }
      const groups = removed.length === 0 ? stored : withoutValues(stored, existing);
      return { groups, result: (version) => ({ version, removed, missing }) };
    });
  }

  clear(): Promise<ClearResult> {
    return this.change(({ groups: stored }) => {
      const removed = countRules(stored);
      return { groups: removed === 0 ? stored : [], result: (version) => ({ version, removed }) };
    });
  }

  async watch(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>> {
    const target = await this.target();
    await makeFolder(dirname(target));
    return new JsonWatch(target, () => this.load()).start(changed, failed);
  }

  async close(): Promise<void> {}

  private async stamp(): Promise<string> {
    try {
      return await fileStamp(this.path);
    } catch (error) {
      throw fileError('unreadable-rules-file', `read the rules file ${this.path}`, error);
    }
  }

  private async read(): Promise<StoredRules | null> {
    try {
      return await readRulesDocument(this.path, `the rules file ${this.path}`);
    } catch (error) {
      if (isMissing(error)) return null;
      throw fileError('unreadable-rules-file', `read the rules file ${this.path}`, error);
    }
  }

  /**
   * Runs `edit` on the rules as they are under the lock and writes what it leaves; a damaged file ends it untouched.
   */
  private async change<T>(edit: (rules: StoredRules) => Edit<T>): Promise<T> {
    try {
      const target = await this.target();
      await makeFolder(dirname(target));
      for (let attempt = 1; ; attempt++) {
        try {
          return await withFileLock(target, (assertHeld) => this.changeLocked(target, edit, assertHeld));
        } catch (error) {
          if (!(error instanceof LockLostError) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    } catch (error) {
      if (error instanceof LockLostError) {
        throw new DpiError(
          'rules-locked',
          `the lock of the rules file ${this.path} was lost again and again; nothing was changed`,
        );
      }
      throw fileError('unwritable-rules-file', `write the rules file ${this.path}`, error);
    }
  }

  private async changeLocked<T>(
    target: string,
    edit: (rules: StoredRules) => Edit<T>,
    assertHeld: () => Promise<void>,
  ): Promise<T> {
    const before = (await this.read()) ?? EMPTY;
    const { groups, result } = edit(before);
    if (groups === before.groups) return result(before.version);
    // A version that was set by hand may be the last one that can be told from the next.
    const version = before.version < Number.MAX_SAFE_INTEGER ? before.version + 1 : 1;
    await removeAbandoned(target);
    await writeFileAtomically(target, formatRulesDocument({ version, groups }), assertHeld);
    return result(version);
  }

  /** Where the file really is, so that a symbolic link stays one and all its names share one lock. */
  private async target(): Promise<string> {
    try {
      return await realpath(this.path);
    } catch (error) {
      if (!isMissing(error)) throw fileError('unwritable-rules-file', `write the rules file ${this.path}`, error);
    }
    return missingTarget(this.path);
  }
}

/** The real path of a file that does not exist yet: a link to it stays a link. */
async function missingTarget(path: string, links = 0): Promise<string> {
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  const named = join(folder, basename(path));
  const link = links < MAX_LINKS ? await readlink(named).catch(() => null) : null;
  return link === null ? named : missingTarget(resolve(folder, link), links + 1);
}

/** The part of a group that a query names; nothing where there is none. */
function matching(group: RuleGroup, queries: readonly RuleQuery[]): RuleGroup[] {
  const query = queries.find(({ type }) => type === group.type);
  if (query === undefined) return [];
  if (query.values === null) return [group];
  const wanted = new Set(query.values);
  const values = [...group.values].filter((value) => wanted.has(value));
  return values.length === 0 ? [] : [{ ...group, values }];
}

/** Like `mkdir -p` for the owner alone; Node's own never returns where a parent refuses with ENOENT, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}
