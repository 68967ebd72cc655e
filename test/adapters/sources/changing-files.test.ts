import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSource } from '../../../src/adapters/sources/open-source.js';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';

const DEMO = readFileSync(resolve(import.meta.dirname, '../../../samples/demo.pcap'));
const HEADER_LEN = 24;
/** Several times what is read at once, so that most of it is still unread when it changes. */
const CAPTURE = Buffer.concat([DEMO, ...Array.from({ length: 15 }, () => DEMO.subarray(HEADER_LEN))]);
const folder = mkdtempSync(join(tmpdir(), 'dpi-changing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a file, with `change` done to it after its first two chunks. */
async function readWhile(path: string, change: () => void) {
  const source = await openSource(path);
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  for (let chunk = 0; ; chunk++) {
    if (chunk === 2) change();
    if ((await source.fill(stream)) === 0) break;
    while (stream.nextBatch(batch));
  }
  stream.end();
  while (stream.nextBatch(batch));
  source.close();
  return { packets: stream.packets, damage: stream.finish(source)?.message ?? null };
}

describe('a file that changes while it is read', () => {
  it('is read as far as it goes when it grows', async () => {
    const path = join(folder, 'growing.pcap');
    writeFileSync(path, CAPTURE.subarray(0, 2_000_000));
    const { damage } = await readWhile(path, () => appendFileSync(path, CAPTURE.subarray(2_000_000)));
    expect(damage).toBeNull();
  });

  it('is read up to where it ends when it shrinks', async () => {
    const path = join(folder, 'shrinking.pcap');
    writeFileSync(path, CAPTURE);
    const { packets, damage } = await readWhile(path, () => truncateSync(path, 100_000));
    expect(packets).toBeGreaterThan(400);
    expect(damage).toMatch(
      /^the file shrank from \d+ to \d+ bytes .*; it ends inside a packet record \(byte \d+, packet \d+\)/,
    );
  });

  it('is read up to what was there when it is emptied', async () => {
    const path = join(folder, 'emptied.pcap');
    writeFileSync(path, CAPTURE);
    const { packets, damage } = await readWhile(path, () => truncateSync(path, 0));
    expect(packets).toBeGreaterThan(400);
    expect(damage).toMatch(/^the file shrank from/);
  });
});
