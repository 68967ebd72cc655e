/** Packets of captures, handed in as events, get the labels that `dpi analyze` gives their connections. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { formatIpAddress } from '../../../src/core/common/ip-prefix.js';
import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import { decodeFrame } from '../../../src/core/layers/registry.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { engineWith } from '../../core/ingest/events.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** In these no segment comes twice or out of order, which events without sequence numbers can't tell. */
const SAMPLES = [
  'demo.pcap',
  'chromium-quic.pcap',
  'chromium-tls.pcap',
  'curl-http.pcap',
  'curl-ipv6.pcap',
  'curl-tls12.pcap',
  'curl-tls13.pcap',
  'dig-dns.pcap',
  'firefox-quic.pcapng',
  'firefox-tls.pcap',
  'nameless-tls.pcap',
  'ssh.pcap',
];

/** The packets of a capture with a transport header, as events. */
function* eventsOf(path: string): Generator<object> {
  const stream = new CaptureStream(1);
  const bytes = readFileSync(path);
  const batch = new PacketBatch();
  const view = new PacketView(Buffer.alloc(0), new FragmentTable(1 << 20));
  for (let at = 0; at < bytes.length; ) {
    at += stream.push(bytes.subarray(at, at + (1 << 16)));
    if (at >= bytes.length) stream.end();
    while (stream.nextBatch(batch)) {
      for (let i = 0; i < batch.count; i++) {
        view.reset(batch.buf, batch.frameStart[i]!, batch.frameEnd[i]!, batch.wireLen[i]!, batch.tsMicros[i]!);
        decodeFrame(view, batch.linkType[i]!);
        if (!view.hasTransport) continue;
        const isV6 = view.ipVersion === 6;
        yield {
          tuple: {
            src_ip: formatIpAddress(isV6, view.buf, view.srcAddrStart),
            dst_ip: formatIpAddress(isV6, view.buf, view.dstAddrStart),
            src_port: view.srcPort,
            dst_port: view.dstPort,
            protocol: view.ipProto,
          },
          size: batch.wireLen[i]!,
          timestamp: batch.tsMicros[i]! / 1e6,
          payload: view.buf.toString('base64', view.payloadStart, view.payloadEnd),
        };
      }
    }
  }
}

/** What both must agree on, by connection. */
function labels(records: readonly ConnectionRecord[]): string[] {
  return records
    .map((c) =>
      [
        c.protocol,
        c.src_ip,
        c.src_port,
        c.dst_ip,
        c.dst_port,
        c.packets,
        c.bytes,
        c.app,
        c.domains,
        c.detected_by,
        c.tls_version,
        c.ja4,
      ].join(' '),
    )
    .sort();
}

describe('events', () => {
  it.each(SAMPLES)('made of %s get the labels of dpi analyze', async (sample) => {
    const path = resolve(ROOT, 'samples', sample);
    const analyzed: ConnectionRecord[] = [];
    await analyzeCaptures([path], { onConnection: (c) => analyzed.push(c), top: 0 });
    const engine = engineWith({ keepEnded: 10_000 });
    for (const event of eventsOf(path)) expect(engine.ingest(event, 0)).not.toHaveProperty('error');
    const count = engine.pipeline.flows.started;
    expect(count).toBeGreaterThan(0);
    engine.end('dpi test', null);
    const { connections } = engine.connections(10_000);
    expect(labels(connections.filter(({ live }) => !live))).toEqual(labels(analyzed));
  });
});
