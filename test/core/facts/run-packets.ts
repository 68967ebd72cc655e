import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import type { PipelineOptions } from '../../../src/core/engine/options.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { NO_RULES } from '../../../src/core/policy/rule-set.js';
import type { ConnectionRecord, Report } from '../../../src/core/report/model.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { type PcapOptions, pcapFile } from '../../forge/pcap.js';

/**
 * The report about forged packets, its connections in the order in which they began. `pieceLen`: how many bytes of the
 * capture arrive at a time.
 */
export function reportOf(
  packets: readonly ForgedPacket[],
  options: Partial<PipelineOptions> = {},
  file: PcapOptions = {},
  pieceLen = Number.POSITIVE_INFINITY,
): Report {
  const connections: ConnectionRecord[] = [];
  const pipeline = new Pipeline({
    apps: createAppTable([]),
    seed: 1,
    top: 0,
    onConnection: (connection) => connections.push(connection),
    ...options,
  });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  const bytes = pcapFile(packets, file);
  for (let at = 0; at < bytes.length; ) {
    at += stream.push(bytes.subarray(0, at + pieceLen), at);
    while (stream.nextBatch(batch)) pipeline.run(batch);
  }
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  const summary = summarise(pipeline, [], 'dpi test', NO_RULES, null);
  return { ...summary, connections: connections.sort((a, b) => a.id - b.id) };
}
