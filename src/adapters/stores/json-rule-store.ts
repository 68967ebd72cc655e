import { mkdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DpiError } from '../../core/common/error.js';
import { fileError, isMissing } from '../../core/common/file-error.js';
import { inTurns } from '../../core/common/turns.js';
import { countRules, type RuleGroup, ruleId } from '../../core/policy/rule.js';
import { MANY_RULES, RuleBook, type RuleChange } from '../../rules/rule-book.js';
import {
  findExisting,
  findInBook,
  ofAction,
  planAdd,
  selectedValues,
  wantedRules,
  withChanges,
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
import { changesAfter } from './change-json.js';
import { LockLostError, withFileLock } from './file-lock.js';
import { fileStamp } from './file-stamp.js';
import { JsonWatch } from './json-watch.js';
import { readRulesDocument } from './read-rules-document.js';
import { RuleJournal } from './rule-journal.js';
import type { Remembered, RuleMemory } from './rule-memory.js';
import { formatRulesDocument } from './rules-document.js';

const EMPTY: StoredRules = { version: 0, groups: [] };
const MAX_ATTEMPTS = 3;
/** As many as Linux follows. */
const MAX_LINKS = 40;
/** Most values of a change that goes into the journal. */
const MOST_JOURNALLED = 1000;
/** The journal goes into the file when no change has come for this long, or it has so many lines. */
const FOLD_AFTER_MS = 5000;
const MOST_LINES = 4096;

/** What an edit leaves behind; the same groups mean that nothing is to be written. */
interface Edit<T> {
  readonly groups: readonly RuleGroup[];
  readonly result: (version: number) => T;
}

/** The same as a change of the rules; null means that nothing is to be written. */
interface SmallEdit<T> {
  readonly change: Omit<RuleChange, 'version'> | null;
  readonly result: (version: number) => T;
}

/** A change that is not known before the lock is held: of a list of groups, and of a book of many rules. */
interface Editor<T> {
  /** Values that it touches. */
  readonly size: number;
  whole(rules: StoredRules): Edit<T>;
  small(book: RuleBook): SmallEdit<T>;
}

/**
 * Rules in a JSON file, written whole under a lock by temporary file and rename. Readers need no lock. With a memory
 * (in a server) small changes of a file with many rules are appended to a journal, which is put into the file soon.
 */
export class JsonRuleStore implements RuleStore {
  readonly kind = 'json';
  private readonly path: string;
  /** The version that a certain file held. */
  private known: { readonly stamp: string; readonly version: number } | null = null;
  /** Lines that this store has put into the journal since it was last empty. */
  private lines = 0;
  private foldTimer: NodeJS.Timeout | null = null;

  /** `mustExist`: a missing file is an error when rules are read (it was named by hand), not an empty store. */
  constructor(
    path: string,
    private readonly mustExist = false,
    private readonly memory: RuleMemory | null = null,
  ) {
    this.path = resolve(path);
  }

  describe(): string {
    return this.path;
  }

  async load(): Promise<StoredRules> {
    const rules = this.memory === null ? await this.read() : await this.recall(this.memory);
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
    const plan = (existing: ReturnType<typeof findExisting>) => {
      const { outcomes, groups: written } = planAdd(groups, wanted, existing, options.keepAllowed ?? false);
      return { written, result: (version: number): AddResult => ({ version, outcomes }) };
    };
    return this.change({
      size: countRules(groups),
      whole: ({ groups: stored }) => {
        const { written, result } = plan(findExisting(stored, wanted));
        if (written.length === 0) return { groups: stored, result };
        return { groups: [...withoutValues(stored, selectedValues(written)), ...written], result };
      },
      small: (book) => {
        const { written, result } = plan(findInBook(book, wanted));
        return { change: written.length === 0 ? null : { removed: [], added: written }, result };
      },
    });
  }

  remove(selections: readonly RuleSelection[], options: RemoveOptions = {}): Promise<RemoveResult> {
    const selected = selectedValues(selections);
    const plan = (stored: ReturnType<typeof findExisting>) => {
      const existing = new Map([...stored].map(([type, rules]) => [type, ofAction(rules, options.action)]));
      const removed: string[] = [];
      const missing: string[] = [];
      for (const [type, values] of selected) {
        for (const value of values) (existing.get(type)?.has(value) ? removed : missing).push(ruleId(type, value));
      }
      const result = (version: number): RemoveResult => ({ version, removed, missing });
      return { existing, hasAny: removed.length > 0, result };
    };
    return this.change({
      size: selections.reduce((sum, { values }) => sum + values.length, 0),
      whole: ({ groups: stored }) => {
        const { existing, hasAny, result } = plan(findExisting(stored, selected));
        return { groups: hasAny ? withoutValues(stored, existing) : stored, result };
      },
      small: (book) => {
        const { existing, hasAny, result } = plan(findInBook(book, selected));
        const removed = [...existing].map(([type, rules]) => ({ type, values: [...rules.keys()] }));
        return { change: hasAny ? { removed, added: [] } : null, result };
      },
    });
  }

  clear(): Promise<ClearResult> {
    const whole = ({ groups: stored }: StoredRules): Edit<ClearResult> => {
      const removed = countRules(stored);
      return { groups: removed === 0 ? stored : [], result: (version) => ({ version, removed }) };
    };
    return this.change({
      size: Number.POSITIVE_INFINITY,
      whole,
      small: () => {
        throw new RangeError('a change of all rules is not small');
      },
    });
  }

  async watch(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>> {
    const target = await this.folder();
    const { path: journal } = new RuleJournal(target);
    return new JsonWatch(
      target,
      journal,
      () => this.stamp(),
      () => this.load(),
    ).start(changed, failed);
  }

  /** Puts what this store has in the journal into the file. */
  async close(): Promise<void> {
    if (this.foldTimer !== null) clearTimeout(this.foldTimer);
    if (this.lines > 0) await this.fold();
  }

  /** Of the file and its journal. */
  private async stamp(): Promise<string> {
    try {
      const target = await this.target();
      return `${await fileStamp(target)} ${await fileStamp(new RuleJournal(target).path)}`;
    } catch (error) {
      throw fileError('unreadable-rules-file', `read the rules file ${this.path}`, error);
    }
  }

  /** The file with its journal; null where there is no file. */
  private async read(): Promise<StoredRules | null> {
    try {
      // The journal first: what goes from it into the file meanwhile is then known by its version.
      const { changes } = await new RuleJournal(await this.target()).read(0);
      const rules = await readRulesDocument(this.path, `the rules file ${this.path}`);
      return withChanges(rules, changesAfter(rules.version, changes));
    } catch (error) {
      if (isMissing(error)) return null;
      throw fileError('unreadable-rules-file', `read the rules file ${this.path}`, error);
    }
  }

  /** The rules as remembered, with what has changed since; null where there is no file. */
  private async recall(memory: RuleMemory): Promise<RuleBook | null> {
    const { book, stamp } = await this.refresh(memory);
    return stamp === '' ? null : book;
  }

  private async refresh(memory: RuleMemory): Promise<Remembered> {
    try {
      const target = await this.target();
      const journal = new RuleJournal(target);
      return await memory.refresh((known) => this.update(target, journal, known));
    } catch (error) {
      throw fileError('unreadable-rules-file', `read the rules file ${this.path}`, error);
    }
  }

  private async update(target: string, journal: RuleJournal, known: Remembered | null): Promise<Remembered> {
    for (let attempt = 1; ; attempt++) {
      const stamp = await fileStamp(target);
      if (known !== null && known.stamp === stamp) return withJournal(known, await journal.read(known.journalEnd));
      if (stamp === '') return { book: await inTurns(RuleBook.read(EMPTY)), stamp, journalEnd: 0 };
      const changes = await journal.read(0);
      const book = await inTurns(RuleBook.read(await readRulesDocument(target, `the rules file ${this.path}`)));
      if ((await fileStamp(target)) === stamp || attempt === MAX_ATTEMPTS) {
        return withJournal({ book, stamp, journalEnd: 0 }, changes);
      }
    }
  }

  /**
   * Makes an edit of the rules as they are under the lock and writes what it leaves; a damaged file ends it untouched.
   */
  private change<T>(editor: Editor<T>): Promise<T> {
    return this.locked(async (target, assertHeld) => {
      const { memory } = this;
      if (memory !== null && editor.size <= MOST_JOURNALLED) {
        const known = await this.refresh(memory);
        const { book } = known;
        if (book.length >= MANY_RULES && book.version < Number.MAX_SAFE_INTEGER) {
          return this.journal(target, memory, known, editor.small(book), assertHeld);
        }
      }
      return this.changeWhole(target, editor, assertHeld);
    });
  }

  private async locked<T>(work: (target: string, assertHeld: () => Promise<void>) => Promise<T>): Promise<T> {
    try {
      const target = await this.folder();
      for (let attempt = 1; ; attempt++) {
        try {
          return await withFileLock(target, (assertHeld) => work(target, assertHeld));
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

  private async changeWhole<T>(target: string, editor: Editor<T>, assertHeld: () => Promise<void>): Promise<T> {
    const before = (await this.read()) ?? EMPTY;
    const { groups, result } = editor.whole(before);
    if (groups === before.groups) return result(before.version);
    // A version that was set by hand may be the last one that can be told from the next.
    const version = before.version < Number.MAX_SAFE_INTEGER ? before.version + 1 : 1;
    await removeAbandoned(target);
    await writeFileAtomically(target, formatRulesDocument({ version, groups }), assertHeld);
    await new RuleJournal(target).remove();
    return result(version);
  }

  private async journal<T>(
    target: string,
    memory: RuleMemory,
    known: Remembered,
    { change, result }: SmallEdit<T>,
    assertHeld: () => Promise<void>,
  ): Promise<T> {
    if (change === null) return result(known.book.version);
    const version = known.book.version + 1;
    await assertHeld();
    await new RuleJournal(target).append({ ...change, version }, known.journalEnd);
    await this.refresh(memory);
    this.lines++;
    if (this.foldTimer !== null) clearTimeout(this.foldTimer);
    this.foldTimer = setTimeout(() => void this.fold(), this.lines < MOST_LINES ? FOLD_AFTER_MS : 0).unref();
    return result(version);
  }

  /** Writes the file anew with what is in the journal. Where that fails, the journal stays, and counts as before. */
  private async fold(): Promise<void> {
    const { memory } = this;
    if (memory === null) return;
    this.lines = 0;
    try {
      await this.locked(async (target, assertHeld) => {
        const { book, journalEnd } = await this.refresh(memory);
        if (journalEnd === 0) return;
        await removeAbandoned(target);
        await writeFileAtomically(target, formatRulesDocument(book), assertHeld);
        await new RuleJournal(target).remove();
        const stamp = await fileStamp(target);
        await memory.refresh(async () => ({ book, stamp, journalEnd: 0 }));
      });
    } catch (error) {
      if (!(error instanceof DpiError)) throw error;
    }
  }

  /** Makes the file's folder; where the file really is. */
  private async folder(): Promise<string> {
    try {
      const target = await this.target();
      await makeFolder(dirname(target));
      return target;
    } catch (error) {
      throw fileError('unwritable-rules-file', `write the rules file ${this.path}`, error);
    }
  }

  /**
   * Where the file really is, so that a symbolic link stays one and all its names share one lock. Throws errno errors.
   */
  private async target(): Promise<string> {
    try {
      return await realpath(this.path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return missingTarget(this.path);
  }
}

/** What is known, with the journal's changes that follow on it. */
function withJournal(known: Remembered, journal: Awaited<ReturnType<RuleJournal['read']>>): Remembered {
  const changes = changesAfter(known.book.version, journal.changes);
  if (changes.length === 0) return known;
  return { ...known, book: changes.reduce((book, change) => book.after(change), known.book), journalEnd: journal.end };
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
