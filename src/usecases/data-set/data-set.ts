/** The data set of one analysis. A bundle of its own: only runs with `--parquet` load the Parquet writer. */
import { streamOf, UnfinishedStream } from '../../adapters/parquet/data-set-folder.js';
import { DataSetWriter } from '../../adapters/parquet/data-set-writer.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';

/** Takes a report piece by piece, beside the format that prints it. Throws, or rejects with, a DpiError. */
export interface DataSetOutput {
  /** One connection; the record may be reused afterwards. */
  connection(c: ConnectionRecord): void;
  /** Writes the rest and puts the files in place. */
  finish(summary: ReportSummary): Promise<void>;
  /** Leaves the data set as it was, unless finished. May be called twice. */
  discard(): void;
}

/**
 * Opens the data set in `folder`, which may hold other streams, for the captures `inputs`. They become the stream that
 * is named after the first of them; an older stream of that name is replaced. Rejects with a DpiError.
 */
export async function openDataSet(folder: string, inputs: readonly string[]): Promise<DataSetOutput> {
  const stream = streamOf(inputs);
  const unfinished = new UnfinishedStream(folder, stream);
  try {
    const writer = await DataSetWriter.open({ folder: unfinished.folder, stream, part: 0, generator: GENERATOR });
    return {
      connection: (c) => writer.connection(c),
      async finish(summary) {
        writer.finish(summary);
        await unfinished.publish();
      },
      discard() {
        writer.close();
        unfinished.discard();
      },
    };
  } catch (error) {
    unfinished.discard();
    throw error;
  }
}
