import { Pipeline } from '../../core/engine/pipeline.js';
import { summarise } from '../../core/engine/summary.js';
import { InputFrames } from '../../core/report/input-frames.js';
import type { ReportSummary } from '../../core/report/model.js';
import { ContactCollector } from '../../core/snapshot/contact-collector.js';
import type { Contacts, Snapshot } from '../../core/snapshot/model.js';
import { GENERATOR } from '../../system/version.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import type { OnProgress } from '../shared/progress.js';
import { openRun, type RunOptions } from '../shared/run.js';

export interface ReadContactsOptions extends RunOptions {
  readonly onProgress?: OnProgress;
  /** Ends the run early: the contacts are those of what was read. */
  readonly signal?: AbortSignal;
}

export interface ReadContactsResult {
  readonly contacts: Contacts;
  /** Of the captures; its warnings say what is missing among the contacts. */
  readonly summary: ReportSummary;
  /** Part of the input was damaged: the warnings say which. */
  readonly isDamaged: boolean;
}

/**
 * Reads captures ("-" is stdin) as one and gathers their contacts, by the roles of `snapshot`. Rejects with a DpiError
 * for an input that can't be read at all.
 */
export async function readContacts(
  inputs: readonly string[],
  snapshot: Pick<Snapshot, 'roles' | 'include'>,
  options: ReadContactsOptions,
): Promise<ReadContactsResult> {
  const run = await openRun(options, () => null);
  const collector = new ContactCollector(snapshot.roles, snapshot.include);
  const frames = inputs.length > 1 ? new InputFrames() : undefined;
  const pipeline = new Pipeline({
    ...run.engine,
    facts: { packets: true },
    handshakes: true,
    onConnection: (connection) => collector.add(connection),
    reusesRecord: true,
    frames,
    top: 0,
  });
  const reading = new CaptureRun(pipeline, { ...options, frames }, totalLenOf(inputs));
  await reading.readAll(inputs, pipeline);
  const summary = summarise(pipeline, reading.rows, GENERATOR, run.inForce.rules, run.inForce, 0);
  const contacts = collector.finish();
  summary.warnings.unshift(...run.warnings);
  if (contacts.refused > 0) {
    summary.warnings.push(`${contacts.refused} connections have contacts beyond those that a snapshot can hold`);
  }
  return { contacts, summary, isDamaged: reading.isDamaged };
}
