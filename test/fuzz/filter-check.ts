import { writeFileSync } from 'node:fs';
import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import type { PipelineOptions } from '../../src/core/engine/options.js';
import { type Filtered, filterWith } from '../usecases/filter/filter-file.js';
import { check } from './broken-invariant.js';

/** Where the records of a capture lie, and how far it can be read. */
interface Records {
  readonly isCapture: boolean;
  readonly starts: number[];
  readonly ends: number[];
  /** Everything up to here was read; of a block that is cut off, perhaps a part. */
  readonly readLen: number;
  readonly isDamaged: boolean;
}

/**
 * Filters a capture in each mode, by way of the file `path`, and compares what comes out with what went in. `isWhole`
 * is true where the rules are none. Returns the packets dropped inline, null for what is no capture.
 */
export async function checkFilter(bytes: Buffer, path: string, options: PipelineOptions): Promise<number | null> {
  const input = recordsOf(bytes);
  if (!input.isCapture) return null;
  writeFileSync(path, bytes);
  const hasRules = options.rules !== undefined && !options.rules.isEmpty;
  const inline = await filterWith(path, 'inline', options);
  checkOutput(bytes, input, inline);
  if (!hasRules) {
    check(inline.output.equals(bytes.subarray(0, inline.output.length)), 'a filter without rules changes something');
    check(input.isDamaged || inline.output.length === bytes.length, 'a filter without rules loses something');
    return 0;
  }
  const flow = await filterWith(path, 'flow', options);
  const keep = await filterWith(path, 'keep', options);
  checkOutput(bytes, input, flow);
  checkOutput(bytes, input, keep);
  check(
    flow.droppedPackets + keep.droppedPackets === input.starts.length,
    'what the rules match is neither dropped nor kept, or both',
  );
  return inline.droppedPackets;
}

/** The output is the input without the dropped records: read again, the others are there, and all that lay between. */
function checkOutput(bytes: Buffer, input: Records, { output, totalPackets, droppedPackets, row }: Filtered): void {
  check(totalPackets === input.starts.length, 'the filter counts other packets than there are');
  check((row.damage !== null) === input.isDamaged, 'the filter sees damage where there is none, or none where it is');
  const kept = recordsOf(output);
  check(kept.isCapture || output.length === 0, 'the output is no capture');
  check(!kept.isDamaged, 'the output can not be read again');
  check(kept.starts.length + droppedPackets === totalPackets, 'kept and dropped do not make the total');
  let next = 0;
  let inputAt = 0;
  let outputAt = 0;
  for (let i = 0; i < input.starts.length; i++) {
    const gap = bytes.subarray(inputAt, input.starts[i]!);
    const keptGap = output.subarray(outputAt, outputAt + gap.length);
    check(gap.equals(keptGap), 'bytes between records are lost or changed');
    outputAt += gap.length;
    inputAt = input.ends[i]!;
    const record = bytes.subarray(input.starts[i]!, inputAt);
    if (!isRecordAt(kept, next, output, outputAt, record)) continue;
    outputAt += record.length;
    next++;
  }
  check(next === kept.starts.length, 'the output holds a record that the input does not, or in another order');
  const rest = bytes.subarray(inputAt, input.readLen);
  const keptRest = output.subarray(outputAt);
  check(
    input.isDamaged ? rest.subarray(0, keptRest.length).equals(keptRest) : rest.equals(keptRest),
    'what lies behind the last record is lost or changed',
  );
}

function isRecordAt(kept: Records, next: number, output: Buffer, at: number, record: Buffer): boolean {
  return kept.starts[next] === at && record.equals(output.subarray(at, kept.ends[next]!));
}

function recordsOf(bytes: Buffer): Records {
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const starts: number[] = [];
  const ends: number[] = [];
  let readLen = 0;
  const read = () => {
    while (stream.nextBatch(batch)) {
      for (let i = 0; i < batch.count; i++) {
        starts.push(batch.baseOffset + batch.rawStart[i]!);
        ends.push(batch.baseOffset + batch.rawEnd[i]!);
      }
      readLen = batch.baseOffset + batch.end;
    }
  };
  for (let at = 0; at < bytes.length && !stream.stopped; ) {
    at += stream.push(bytes, at);
    read();
  }
  stream.end();
  read();
  const damage = stream.finish({ totalLen: bytes.length, compression: null, damage: null });
  return { isCapture: stream.format !== null, starts, ends, readLen, isDamaged: damage !== null };
}
