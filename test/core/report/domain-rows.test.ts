/** A list of the names with the most bytes is the beginning of the whole list, whatever is equal in it. */
import { expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { Pipeline } from '../../../src/core/engine/pipeline.js';
import { httpRequest } from '../../forge/http.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { ACK, PSH, tcpPacket } from '../../forge/transport.js';

const server = { address: '203.0.113.10', port: 80 };

/** 60 names of one length in an order of their own, most with equally many bytes, some in two connections. */
function names() {
  const hosts = Array.from({ length: 60 }, (_, n) => `h${String((n * 37) % 60).padStart(2, '0')}.example`);
  const packets = [...hosts, ...hosts.filter((_, n) => n % 7 === 0)].map((host, n) =>
    tcpPacket({ address: '192.0.2.1', port: 10_000 + n }, server, {
      seq: 1,
      flags: ACK | PSH,
      payload: httpRequest({ host, headers: n % 9 === 0 ? [['X-Long', 'x'.repeat(n)]] : [] }),
    }),
  );
  const pipeline = new Pipeline({ apps: createAppTable(), seed: 1, top: 0 });
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  stream.push(pcapFile(packets.map((packet, i) => ({ data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i }))));
  stream.end();
  while (stream.nextBatch(batch)) pipeline.run(batch);
  while (pipeline.drain(1000));
  return pipeline.recognition.report;
}

it('lists the first of the whole list', () => {
  const report = names();
  for (const maxRows of [100, 60, 31, 7, 1, 0]) {
    const all = report.domainRows(maxRows);
    expect(all).toHaveLength(report.domainCount(maxRows));
    expect(all).toHaveLength(Math.min(60, maxRows));
    for (let top = 0; top <= maxRows + 1; top++) {
      expect(report.domainRows(maxRows, top)).toEqual(all.slice(0, top));
    }
    expect(report.domainRows(maxRows, Number.POSITIVE_INFINITY)).toEqual(all);
  }
});
