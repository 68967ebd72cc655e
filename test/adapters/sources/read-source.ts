import type { ByteSource } from '../../../src/adapters/sources/byte-source.js';
import { openSource } from '../../../src/adapters/sources/open-source.js';
import { type CaptureDamage, CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';

export interface SourceReading {
  readonly source: ByteSource;
  readonly stream: CaptureStream;
  readonly packets: number;
  readonly frameBytes: number;
  readonly damage: CaptureDamage | null;
}

/** The loop that every consumer of a source runs. */
export async function readSource(path: string): Promise<SourceReading> {
  const source = await openSource(path);
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  let frameBytes = 0;
  const drain = () => {
    while (stream.nextBatch(batch)) {
      for (let i = 0; i < batch.count; i++) frameBytes += batch.frameEnd[i]! - batch.frameStart[i]!;
    }
  };
  while (!stream.stopped) {
    const got = source.fill(stream);
    if ((typeof got === 'number' ? got : await got) === 0) break;
    drain();
  }
  stream.end();
  drain();
  source.close();
  return { source, stream, packets: stream.packets, frameBytes, damage: stream.finish(source) };
}
