/** Names from the wire with every byte there is, through the real engine and every format. */
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS, Pipeline } from '../../src/core/engine/pipeline.js';
import { summarise } from '../../src/core/engine/summary.js';
import { NO_RULES } from '../../src/core/policy/rule-set.js';
import { FORMATS, TABLE_FORMAT } from '../../src/render/formats.js';
import { PLAIN } from '../../src/render/paint.js';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { clientHelloRecord } from '../forge/tls.js';
import { ACK, PSH, tcpPacket } from '../forge/transport.js';

const apps = createAppTable();
const limits = { ...DEFAULT_LIMITS, maxConnections: 4096 };
/** What a terminal, a pager or a log viewer would act on: C0 but line feed, DEL, C1, bidi controls, line separators. */
const DANGEROUS = /[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Each host once as an HTTP Host header and once as an SNI. */
function captureOf(hosts: readonly Buffer[]): Buffer {
  const server = { address: '203.0.113.10', port: 80 };
  const payloads = hosts.flatMap((host) => [
    Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: '), host, Buffer.from('\r\n\r\n')]),
    clientHelloRecord({ serverName: host, postQuantum: false }),
  ]);
  const packets = payloads.map((payload, i) => {
    const client = { address: '192.0.2.7', port: 10_000 + i };
    return {
      data: ethernet(tcpPacket(client, server, { seq: 1, flags: ACK | PSH, payload })),
      timeMicros: FORGE_EPOCH_MICROS + i,
    };
  });
  return pcapFile(packets);
}

/** The report on a capture in each format, by its flag. */
async function reportsOn(capture: Buffer, name = 'capture.pcap'): Promise<Map<string, string>> {
  const reports = new Map<string, string>();
  for (const spec of [TABLE_FORMAT, ...FORMATS]) {
    let text = '';
    const create = await spec.load();
    const format = create(
      (part) => {
        text += part;
      },
      { width: 400, paint: PLAIN, top: Number.POSITIVE_INFINITY },
    );
    const pipeline = new Pipeline({
      apps,
      limits,
      seed: 3,
      top: 2000,
      handshakes: true,
      onConnection: format.connection,
    });
    const stream = new CaptureStream();
    const batch = new PacketBatch();
    for (let at = 0; at < capture.length; ) {
      at += stream.push(capture, at);
      while (stream.nextBatch(batch)) pipeline.run(batch);
    }
    while (pipeline.drain(1000));
    const row = { name, format: stream.format, compression: null, packets: 1, bytes: 1, damage: `bad ${name}` };
    const summary = summarise(pipeline, [row], 'dpi', NO_RULES, null);
    format.finish({ summary, topConnections: pipeline.recognition.largest.sorted() });
    reports.set(spec.flag, text);
  }
  return reports;
}

describe('names from the wire', () => {
  it('can hold any byte without harm to a terminal, in every format', async () => {
    const hosts = Array.from({ length: 256 }, (_, byte) => Buffer.from([0x61, byte, 0x62, 0x2e, 0x63, 0x6f]));
    for (const [format, text] of await reportsOn(captureOf(hosts))) {
      expect([format, DANGEROUS.exec(text)?.[0].codePointAt(0)]).toEqual([format, undefined]);
      expect(text.length).toBeGreaterThan(10_000);
    }
  });

  it('can hold whole escape sequences, bidi controls and broken UTF-8', async () => {
    const texts = [
      '\x1b[31mred',
      '\x1b]0;title\x07',
      '\u202egnp.exe',
      'a\u2028b',
      '\u009b31m',
      '\u2066x\u2069',
      '\ud800',
    ];
    const hosts = [...texts.map((text) => Buffer.from(`${text}.example`)), Buffer.from('ff80c3285b.org', 'hex')];
    for (const [format, text] of await reportsOn(captureOf(hosts), 'cap\x1b[2J\u202e.pcap')) {
      expect([format, DANGEROUS.exec(text)?.[0].codePointAt(0)]).toEqual([format, undefined]);
    }
  });

  it('stay readable by programs: JSON parses, and no CSV cell is a formula or opens a row', async () => {
    const starts = ['=cmd|calc', '+1', '-1', '@sum', '"quoted"', 'a,b', 'a;b', 'plain'];
    const reports = await reportsOn(captureOf(starts.map((start) => Buffer.from(`${start}.example`))));
    const json = JSON.parse(reports.get('json')!);
    expect(json.connections).toHaveLength(2 * starts.length);
    const lines = reports.get('csv')!.trimEnd().split('\n');
    expect(lines).toHaveLength(2 * starts.length + 1);
    for (const line of lines.slice(1)) expect(line).not.toMatch(/(^|,)"?[=+\-@]/);
    for (const line of reports.get('ndjson')!.trimEnd().split('\n')) JSON.parse(line);
  });
});
