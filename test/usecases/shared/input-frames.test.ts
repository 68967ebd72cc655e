import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/explain/model.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { explainConnections } from '../../../src/usecases/explain/explain.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: www.youtube.com\r\n\r\n');
let folder = '';
let files: string[] = [];

function http(port: number, startMicros: number): ForgedPacket[] {
  const ends = { client: { address: '192.0.2.1', port }, server: { address: '203.0.113.5', port: 80 } };
  return new TcpConversation({ ...ends, startMicros, stepMicros: 1000 }).handshake().send('client', REQUEST).close()
    .packets;
}

/** The second begins in the middle of the first; a third connection has its packets in both. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-frames-'));
  const one = http(50_000, FORGE_EPOCH_MICROS);
  const other = http(50_001, FORGE_EPOCH_MICROS + 2500);
  const both = http(50_002, FORGE_EPOCH_MICROS + 100_000);
  files = [
    [...other, ...both.slice(3)],
    [...one, ...both.slice(0, 3)],
  ].map((packets, n) => {
    const path = join(folder, `${n}.pcap`);
    writeFileSync(path, pcapFile(packets));
    return path;
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function framesOf(inputs: readonly string[]) {
  const connections: ConnectionRecord[] = [];
  await analyzeCaptures(inputs, { onConnection: (one) => connections.push(one) });
  connections.sort((a, b) => a.src_port - b.src_port);
  return connections.map((one) => [one.input, one.first_frame, one.last_frame, one.evidence_frame]);
}

describe('connections of several inputs', () => {
  it('show the frames in their own file, in whatever order files are given', async () => {
    const count = http(1, 0).length;
    const expected = [
      [1, 1, count, 4],
      [0, 1, count, 4],
      [1, count + 1, null, null],
    ];
    expect(await framesOf(files)).toEqual(expected);
    const swapped = expected.map(([input, ...frames]) => [1 - input!, ...frames]);
    expect(await framesOf([...files].reverse())).toEqual(swapped);
  });

  it('show none of a single input', async () => {
    expect(await framesOf(files.slice(0, 1))).toEqual(Array(2).fill([null, null, null, null]));
  });

  it('have display filters for their own file', async () => {
    const explanations: Explanation[] = [];
    const onExplanation = (one: Explanation) => void explanations.push(one);
    await explainConnections(files, {
      what: '192.0.2.1',
      limit: 9,
      onExplanation,
      select: { where: 'first_frame == 1' },
    });
    const filters = explanations.map((one) => one.display_filter.replace(/^.*!icmp/, ''));
    const count = http(1, 0).length;
    expect(filters).toEqual(Array(2).fill(` && frame.number >= 1 && frame.number <= ${count}`));
  });
});
