import { DpiError } from '../../core/common/error.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { compareSnapshot, type Difference } from '../../core/snapshot/compare-snapshot.js';
import type { Snapshot, SnapshotTest } from '../../core/snapshot/model.js';
import { type ParsedSnapshot, parseSnapshot } from '../../core/snapshot/parse-snapshot.js';
import { updateSnapshot } from '../../core/snapshot/update-snapshot.js';
import { GENERATOR } from '../../system/version.js';
import { type ReadContactsOptions, readContacts } from './read-contacts.js';

export interface TestSnapshotOptions extends ReadContactsOptions {
  /** Entries that are gone are no findings. */
  readonly allowGone?: boolean;
}

export interface TestSnapshotResult {
  readonly test: SnapshotTest;
  readonly snapshot: Snapshot;
  readonly isDamaged: boolean;
  /** The text of the file brought up to date. */
  updated(): string;
}

/** Reads a snapshot file. Rejects with a DpiError that names it. */
export async function readSnapshot(path: string): Promise<{ text: string; parsed: ParsedSnapshot }> {
  const text = await textOf(path);
  return { text, parsed: parseSnapshot(text, path) };
}

/** Holds captures ("-" is stdin), read as one, against a snapshot file. Rejects with a DpiError. */
export async function testSnapshot(
  inputs: readonly string[],
  path: string,
  options: TestSnapshotOptions,
): Promise<TestSnapshotResult> {
  const { text, parsed } = await readSnapshot(path);
  const { contacts, summary, isDamaged } = await readContacts(inputs, parsed.snapshot, options);
  const counts = ({ finding }: Difference) => !(options.allowGone === true && finding.kind === 'gone');
  const differences = compareSnapshot(parsed, contacts).filter(counts);
  const test: SnapshotTest = {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    snapshot: path,
    inputs: summary.inputs,
    total_packets: summary.total_packets,
    total_connections: summary.total_connections,
    contacts: contacts.contacts.length,
    lookups: contacts.lookups.length,
    entries: parsed.snapshot.contacts.length + parsed.snapshot.lookups.length,
    left_out: { ...contacts.leftOut },
    findings: differences.map(({ finding }) => finding),
    unread: summary.unread,
    limits: summary.limits,
    warnings: summary.warnings,
  };
  return { test, snapshot: parsed.snapshot, isDamaged, updated: () => updateSnapshot(text, path, contacts, counts) };
}

async function textOf(path: string): Promise<string> {
  try {
    const { readTextFile } = await import('../../adapters/sources/text-file.js');
    return await readTextFile(path);
  } catch (error) {
    if (error instanceof DpiError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = "; 'dpi snapshot write' writes one";
    const reason =
      code === 'ENOENT' ? `there is no such file${hint}` : code === 'EISDIR' ? 'it is a directory' : message;
    throw new DpiError('snapshot-unreadable', `can't read the snapshot ${path}: ${reason}`, { cause: error });
  }
}
