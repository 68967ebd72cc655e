import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import type { Plan } from '../../usecases/batch/plan-types.js';
import { FileOutput } from '../file-output.js';
import { addGroup, OUTPUT_GROUP } from '../help.js';
import { loadBatch } from './load-batch.js';

/** Options of the commands that write the page of a run. */
export interface PageFlags {
  html?: string;
  redact?: boolean;
}

export function addPageOptions(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .option('--html <file>', 'also write the report of the whole run as a page for a browser')
      .option('--redact', 'with --html: replace addresses, leave out MAC addresses and names of hosts');
  });
}

/** Throws DpiError for flags that do not go together. */
export function checkPageFlags({ html, redact }: PageFlags): void {
  if (redact && html === undefined) throw new DpiError('usage', '--redact needs --html');
}

/** Writes the page that `--html` asks for, if it does, from the results that are there. Rejects with a DpiError. */
export async function writeRunPage(run: string, plan: Plan, { html, redact }: PageFlags): Promise<void> {
  if (html === undefined) return;
  const inputs = plan.streams.flatMap(({ files }) => files.map(({ path }) => path));
  const output = new FileOutput(html, inputs);
  try {
    const { htmlFormat } = await import('../../render/html/html-format.js');
    const batch = await loadBatch();
    const format = htmlFormat((text) => output.write(text), { redact });
    const { summary, parts } = await batch.readWholeRun(new batch.RunFolder(run), plan, (c) => format.connection(c));
    if (summary === null) throw new DpiError('usage', `${run} has no results yet, of which --html could make a page`);
    format.finish({ summary, topConnections: [], parts });
    await output.commit();
  } finally {
    output.discard();
  }
}
