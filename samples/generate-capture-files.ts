import { httpRequest, httpResponse } from '../test/forge/http.js';
import { ethernet, LINK_RAW } from '../test/forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket, snap } from '../test/forge/packet.js';
import { pcapFile } from '../test/forge/pcap.js';
import { PcapngWriter, pcapngFile } from '../test/forge/pcapng.js';
import { TcpConversation } from '../test/forge/tcp-conversation.js';
import { applicationData, clientHelloRecord, serverFlight } from '../test/forge/tls.js';
import { client, pcapSample, type Sample, server } from './generate-sample.js';

/** The same two connections (TLS to github.com, HTTP to example.org) in every kind of capture file. */
export function captureFileSamples(): Sample[] {
  const packets = twoConnections();
  const cutOff = pcapFile(packets);
  return [
    pcapSample('file-big-endian', packets, { bigEndian: true }),
    pcapSample('file-nanoseconds', packets, { nanoseconds: true }),
    pcapSample('file-nanoseconds-big-endian', packets, { nanoseconds: true, bigEndian: true }),
    pcapSample('file-modified', packets, { modified: true }),
    pcapSample('file-snapped-96', snap(packets, 96), { snapLen: 96 }),
    { name: 'file-cut-off.pcap', bytes: cutOff.subarray(0, cutOff.length - 31) },
    { name: 'file-gzip.pcap.gz', bytes: cutOff },
    { name: 'file-little-endian.pcapng', bytes: pcapngFile(packets) },
    { name: 'file-big-endian.pcapng', bytes: pcapngFile(packets, {}, true) },
    { name: 'file-nanoseconds-offset.pcapng', bytes: pcapngFile(packets, { resolution: 9, offsetSeconds: 3600 }) },
    { name: 'file-binary-resolution.pcapng', bytes: pcapngFile(packets, { resolution: 0x80 | 20 }) },
    { name: 'file-all-blocks.pcapng', bytes: allBlocks(packets) },
    { name: 'file-two-sections.pcapng', bytes: twoSections(packets) },
  ];
}

function twoConnections(): ForgedPacket[] {
  const tls = new TcpConversation({ client: client(50_001), server: server(40) }).handshake();
  tls.send('client', clientHelloRecord({ serverName: 'github.com' })).send('server', serverFlight(2, 300));
  tls.send('client', applicationData(80)).close();
  const startMicros = FORGE_EPOCH_MICROS + 50_000;
  const http = new TcpConversation({ client: client(50_002), server: server(60, 80), startMicros }).handshake();
  http
    .send('client', httpRequest({ host: 'example.org' }))
    .send('server', httpResponse(Buffer.from('hello\n')))
    .close();
  return [...tls.packets, ...http.packets].map((packet, index) => ({ ...packet, extraNanos: (index * 37) % 1000 }));
}

/** Enhanced, obsolete and simple packet blocks, options, and every block that holds no packet. */
function allBlocks(packets: readonly ForgedPacket[]): Buffer {
  const writer = new PcapngWriter().section(false, 'forged for dpi').interface({ name: 'eth0' });
  writer
    .nameResolution(Buffer.from([203, 0, 113, 40]), 'github.com')
    .secrets('# no secrets\n')
    .custom(32_473, Buffer.from('custom'));
  for (const [index, packet] of packets.entries()) {
    if (index % 5 === 3) writer.obsoletePacket(packet);
    else if (index % 7 === 6) writer.simplePacket(packet);
    else writer.packet(packet, 0, index === 0 ? 'the first packet' : undefined);
    if (index === 8)
      writer.block(
        0x0bad_cafe,
        [Buffer.from('unknown block')].map((body) => Buffer.concat([body, Buffer.alloc(3)])),
      );
  }
  return writer.statistics().bytes();
}

/** Two sections of different byte order; the second has two interfaces, of which the second carries raw IP. */
function twoSections(packets: readonly ForgedPacket[]): Buffer {
  const half = packets.findIndex((packet) => packet.timeMicros >= FORGE_EPOCH_MICROS + 50_000);
  const writer = new PcapngWriter().section(false).interface({ resolution: 6 });
  for (const packet of packets.slice(0, half)) writer.packet(packet);
  writer.section(true).interface().interface({ linkType: LINK_RAW, resolution: 9 });
  const headerLen = ethernet(Buffer.from([0x45])).length - 46;
  for (const packet of packets.slice(half)) writer.packet({ ...packet, data: packet.data.subarray(headerLen) }, 1);
  return writer.bytes();
}
