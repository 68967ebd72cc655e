import { describe, expect, it } from 'vitest';
import { readCapture } from '../../core/capture/read-capture.js';
import { netmonFile } from '../../forge/netmon.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { snoopFile } from '../../forge/snoop.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHelloRecord } from '../../forge/tls.js';
import { filterBytes, type Mode, ruleSet } from './filter-file.js';

function connection(port: number, serverName: string): ForgedPacket[] {
  return new TcpConversation({
    client: { address: '192.0.2.10', port },
    server: { address: '203.0.113.10', port: 443 },
    startMicros: FORGE_EPOCH_MICROS + port,
  })
    .handshake()
    .send('client', clientHelloRecord({ serverName }))
    .send('client', applicationData(100))
    .close().packets;
}

const PACKETS = [...connection(1, 'blocked.example'), ...connection(2, 'fine.example')];
const RULES = ruleSet('domain:blocked.example');
const MODES: Mode[] = ['inline', 'flow', 'keep'];

describe.each(MODES)('filter --mode %s', (mode) => {
  it('keeps the same packets of a NetMon capture as of pcap, and writes pcap', async () => {
    const expected = await filterBytes(pcapFile(PACKETS), mode, RULES);
    const filtered = await filterBytes(netmonFile(PACKETS), mode, RULES);
    expect(filtered.droppedPackets).toBeGreaterThan(0);
    expect(filtered.output.toString('hex')).toBe(expected.output.toString('hex'));
    expect(filtered.warnings).toEqual([
      'the output is a pcap file, since filter does not write the format of the input',
    ]);
    expect(expected.warnings).toEqual([]);
  });

  it('copies the records of a snoop capture', async () => {
    const expected = readCapture((await filterBytes(pcapFile(PACKETS), mode, RULES)).output);
    const { output, warnings } = await filterBytes(snoopFile(PACKETS), mode, RULES);
    const copied = readCapture(output);
    expect(copied.format).toBe('snoop');
    expect(copied.packets.map(({ data, tsMicros }) => [data, tsMicros])).toEqual(
      expected.packets.map(({ data, tsMicros }) => [data, tsMicros]),
    );
    expect(warnings).toEqual([]);
  });
});

it('writes an empty pcap file where nothing of a NetMon capture stays', async () => {
  const { output } = await filterBytes(netmonFile(PACKETS), 'keep', ruleSet('domain:other.example'));
  expect(readCapture(output)).toMatchObject({ format: 'pcap', packets: [], damage: null });
  expect(output).toHaveLength(24);
});

it('counts the packets of other link types that pcap can not hold', async () => {
  const file = netmonFile(PACKETS, { mediumOf: (n) => (n % 2 === 0 ? 1 : 9) });
  const { output, warnings } = await filterBytes(file, 'inline', ruleSet('port:1'));
  const even = PACKETS.filter((_, n) => n % 2 === 0);
  expect(readCapture(output).packets.map(({ data }) => data)).toEqual(even.map(({ data }) => data.toString('hex')));
  expect(warnings[1]).toBe(
    `${PACKETS.length - even.length} packets of other link types do not fit into it and are left out`,
  );
});

it('filters a further capture file in the same input too', async () => {
  const file = Buffer.concat([pcapFile(connection(1, 'fine.example')), pcapFile(connection(2, 'blocked.example'))]);
  const { output, droppedPackets } = await filterBytes(file, 'flow', RULES);
  expect(droppedPackets).toBe(connection(2, 'blocked.example').length);
  expect(readCapture(output)).toMatchObject({ damage: null });
});
