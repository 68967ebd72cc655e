import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import type { PipelineOptions } from '../../../src/core/engine/options.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { NO_RULES } from '../../../src/core/policy/rule-set.js';
import type { ConnectionRecord, ReportSummary } from '../../../src/core/report/model.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';

export interface FactsReport {
  connections: ConnectionRecord[];
  summary: ReportSummary;
}

/** The report of a capture of these packets, in the order given; connections by id. */
export function factsOf(packets: readonly ForgedPacket[], options: Partial<PipelineOptions> = {}): FactsReport {
  const connections: ConnectionRecord[] = [];
  const pipeline = new Pipeline({
    apps: createAppTable([]),
    seed: 1,
    top: 0,
    facts: { quality: 'details' },
    handshakes: true,
    onConnection: (connection) => connections.push(connection),
    ...options,
  });
  const stream = new CaptureStream(1);
  const batch = new PacketBatch();
  const file = pcapFile(packets);
  for (let at = 0; at < file.length; ) {
    at += stream.push(file, at);
    while (stream.nextBatch(batch)) pipeline.run(batch);
  }
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  connections.sort((a, b) => a.id - b.id);
  return { connections, summary: summarise(pipeline, [], 'dpi', NO_RULES, null) };
}
