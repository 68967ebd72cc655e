import { BATCH_LEN, PacketBatch } from '../capture/packet-batch.js';
import { DEFAULT_LIMITS, Pipeline, type PipelineOptions } from '../engine/pipeline.js';
import type { ConnectionRecord } from '../report/model.js';
import type { ProofPacket } from './claim.js';

const DRAIN_STEP = 1 << 16;
const LIMITS = {
  ...DEFAULT_LIMITS,
  maxConnections: 1 << 12,
  maxReassemblyLen: 4 << 20,
  maxStreams: 1 << 10,
  maxDatagramStates: 256,
  dnsAnswers: 1 << 12,
  maxNames: 1 << 12,
  maxHosts: 16,
};

/** The connections that these packets alone make. */
export function recordsOf(
  packets: readonly Omit<ProofPacket, 'number'>[],
  options: Pick<PipelineOptions, 'apps' | 'ignoreVlan'>,
): ConnectionRecord[] {
  const records: ConnectionRecord[] = [];
  const onConnection = (record: ConnectionRecord): void => {
    records.push(record);
  };
  const pipeline = new Pipeline({ ...options, limits: LIMITS, seed: 1, top: 0, handshakes: true, onConnection });
  const batch = new PacketBatch();
  for (let from = 0; from < packets.length; from += BATCH_LEN) {
    const part = packets.slice(from, from + BATCH_LEN);
    batch.buf = Buffer.concat(part.map(({ frame }) => frame));
    batch.count = part.length;
    batch.firstNumber = from + 1;
    let at = 0;
    for (const [i, { frame, wireLen, linkType, tsMicros }] of part.entries()) {
      batch.frameStart[i] = at;
      at += frame.length;
      batch.frameEnd[i] = at;
      batch.wireLen[i] = wireLen;
      batch.linkType[i] = linkType;
      batch.tsMicros[i] = tsMicros;
    }
    pipeline.run(batch);
  }
  while (pipeline.drain(DRAIN_STEP));
  return records;
}
