import { openSource } from '../../src/adapters/sources/open-source.js';
import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import type { PipelineOptions } from '../../src/core/engine/options.js';
import { Pipeline } from '../../src/core/engine/pipeline.js';
import type { ConnectionRecord } from '../../src/core/report/model.js';

/** The connections of a capture file by id, with the details of their handshakes. */
export async function analyzed(file: string, options: Partial<PipelineOptions> = {}): Promise<ConnectionRecord[]> {
  const source = await openSource(file);
  const records: ConnectionRecord[] = [];
  const pipeline = new Pipeline({
    apps: createAppTable([]),
    seed: 1,
    top: 0,
    handshakes: true,
    onConnection: (connection) => records.push(connection),
    ...options,
  });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  for (let atEnd = false; ; ) {
    while (stream.nextBatch(batch)) pipeline.run(batch);
    if (atEnd || stream.stopped) break;
    if ((await source.fill(stream)) === 0) {
      atEnd = true;
      stream.end();
    }
  }
  source.close();
  while (pipeline.drain(1000));
  return records.sort((a, b) => a.id - b.id);
}
