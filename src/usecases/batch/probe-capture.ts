import { type FileIdentity, readIdentity } from '../../adapters/batch/file-identity.js';
import { readTail } from '../../adapters/batch/read-tail.js';
import { openSource } from '../../adapters/sources/open-source.js';
import { CaptureStream } from '../../core/capture/capture-stream.js';
import { notACapture } from '../../core/capture/non-capture.js';
import { PacketBatch } from '../../core/capture/packet-batch.js';
import { tailStart } from '../../core/capture/tail-start.js';
import { DpiError } from '../../core/common/error.js';
import { OpenInput } from '../shared/open-input.js';
import type { PlannedFile } from './plan-types.js';

/** Records and blocks of this length or shorter are found at the end of a file. */
const TAIL_LEN = 512 << 10;

/** Reads what a plan holds of a capture file: its begin and its end. Rejects with a DpiError for what is no capture. */
export async function probeCapture(path: string): Promise<PlannedFile> {
  const identity = identityOf(path);
  const source = await openSource(path);
  try {
    const input = new OpenInput(source, path, { index: 0, order: 0 }, 1);
    const { stream, batch } = input;
    while (!stream.nextBatch(batch) || batch.count === 0) {
      if (stream.stopped) break;
      const filled = source.fill(stream);
      if ((typeof filled === 'number' ? filled : await filled) > 0) continue;
      stream.end();
      stream.nextBatch(batch);
      break;
    }
    if (stream.format === null) {
      throw notACapture(path, stream.unrecognisedHead(), source.compression, source.damage);
    }
    const hasPackets = batch.count > 0;
    const canSeek = hasPackets && source.compression === null && batch.baseOffset === 0;
    return {
      path,
      ...identity,
      format: stream.format,
      link_type: hasPackets ? batch.linkType[0]! : null,
      first_seen: hasPackets ? input.firstMicros / 1e6 : null,
      last_seen: canSeek ? lastSeen(path, identity.len, batch.buf.subarray(0, batch.rawStart[0]), input) : null,
    };
  } finally {
    source.close();
  }
}

/** Time of the last packet, read from the file's end; null where no record ends there. */
function lastSeen(path: string, len: number, head: Buffer, { firstMicros }: OpenInput): number | null {
  const at = Math.max(head.length, len - TAIL_LEN);
  const tail = readTail(path, at, len);
  const start = tailStart(head, tail, firstMicros);
  if (start < 0) return null;
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  let last: number | null = null;
  for (const piece of [head, tail.subarray(start)]) {
    for (let done = 0; done < piece.length; ) {
      done += stream.push(piece, done);
      while (stream.nextBatch(batch)) if (batch.count > 0) last = batch.tsMicros[batch.count - 1]!;
      if (stream.stopped) return null;
    }
  }
  stream.end();
  while (stream.nextBatch(batch)) if (batch.count > 0) last = batch.tsMicros[batch.count - 1]!;
  const isWhole = stream.finish({ totalLen: head.length + tail.length - start, compression: null, damage: null });
  return isWhole === null && last !== null ? last / 1e6 : null;
}

function identityOf(path: string): FileIdentity {
  try {
    return readIdentity(path);
  } catch (error) {
    throw new DpiError('input-not-readable', `can't read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
