/** Captures whose facts are hard to keep: the proof must hold for their copies, too. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sanitizeCapture } from '../../../src/usecases/sanitize/sanitize.js';
import type { SanitizeReport } from '../../../src/usecases/sanitize/sanitize-types.js';
import { hex } from '../../forge/fields.js';
import { httpRequest } from '../../forge/http.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { ACK, PSH } from '../../forge/transport.js';
import { analyzed } from '../../support/analyzed.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-sanitize-proof-'));
const [input, output] = [join(folder, 'in.pcap'), join(folder, 'out.pcap')];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TCP_START = 34;
const TCP_FLAGS = TCP_START + 13;
const TCP_CHECKSUM = TCP_START + 16;
const URGENT_POINTER = TCP_START + 18;
const URG = 0x20;

const talk = (port: number, clientPort = 50_123, startMicros?: number) =>
  new TcpConversation({
    client: { address: '192.168.77.13', port: clientPort },
    server: { address: '203.0.113.99', port },
    startMicros,
  });

async function report(packets: readonly ForgedPacket[]): Promise<SanitizeReport> {
  writeFileSync(input, pcapFile(packets));
  return (await sanitizeCapture(input, output, { secret: 'the secret of this test' })).report;
}

const techniques = async (file: string) => (await analyzed(file)).flatMap((record) => record.techniques);

describe('the proof holds', () => {
  it('where a name lies in the place of cipher suites: the label is lost, and the report says so', async () => {
    const named = talk(443)
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'www.geheimnis.net' }));
    const hello = clientHelloRecord({ serverName: 'www.geheimnis.net', grease: false, postQuantum: false });
    const suitesAt = 5 + 4 + 2 + 32 + 33;
    // A list that goes on to the end of the hello.
    hello.writeUInt16BE((hello.length - suitesAt - 2) & ~1, suitesAt);
    const odd = talk(443, 50_124).handshake().send('client', hello);
    const { proof, connections } = await report([...named.packets, ...odd.packets]);
    expect(proof).toMatchObject({ holds: true, differences: [], leaks: [] });
    expect([connections.rewritten, connections.nameless]).toEqual([1, 1]);
  });

  it('where a connection shows techniques, but no label', async () => {
    const overlap = talk(47_001).handshake();
    overlap.segment('client', 0, Buffer.from('one content of these bytes'));
    overlap.segment('client', 0, Buffer.from('and another one of as many'));
    overlap.send('server', Buffer.from('anything'));
    expect((await report(overlap.close().packets)).proof.differences).toEqual([]);
    expect(await techniques(output)).toEqual(await techniques(input));
    expect(await techniques(output)).toContain('overlapping segments differ');
  });

  it('where only segments with payload show that checksums are filled in', async () => {
    const whole = talk(80)
      .handshake()
      .send('client', httpRequest({ host: 'www.geheimnis.net' }));
    whole.send('server', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n'));
    const request = httpRequest({ host: 'www.geheimnis.net' });
    for (let n = 0; n < 4; n++) whole.send('client', request);
    const sent = 5 * request.length;
    const fake = whole.segment('client', sent, Buffer.alloc(request.length, 'x')).packets.at(-1)!;
    fake.data.writeUInt16BE(fake.data.readUInt16BE(TCP_CHECKSUM) ^ 0x1234, TCP_CHECKSUM);
    whole.segment('client', sent, request).close();
    // The capture begins after the handshake.
    expect((await report(whole.packets.slice(3))).proof.differences).toEqual([]);
    expect(await techniques(output)).toEqual(await techniques(input));
    expect(await techniques(output)).toContain('fake segment: bad checksum');
  });

  it('where a byte is urgent, before and behind the one that shows the protocol', async () => {
    for (const at of [0, 1, 2]) {
      const telnet = talk(23).handshake().send('server', hex('fffd18fffd20fffd23fffd27'));
      telnet.send('client', hex('fffb18fffb20'));
      telnet.send('server', Buffer.from('login: '));
      telnet.send('client', hex('fff2'));
      telnet.close();
      const urgent = telnet.packets.filter(({ data }) => (data[TCP_FLAGS]! & PSH) !== 0)[at]!;
      urgent.data[TCP_FLAGS] = URG | ACK | PSH;
      urgent.data.writeUInt16BE(1, URGENT_POINTER);
      // The sum of the segment is larger by the flag and the pointer.
      urgent.data.writeUInt16BE((urgent.data.readUInt16BE(TCP_CHECKSUM) + 0xffff - URG - 1) % 0xffff, TCP_CHECKSUM);
      expect((await report(telnet.packets)).proof.differences, `segment ${at}`).toEqual([]);
      expect(await techniques(input)).toEqual(['urgent data']);
    }
  });

  it('where times begin at 0', async () => {
    const http = talk(80, 50_123, 0)
      .handshake()
      .send('client', httpRequest({ host: 'www.geheimnis.net' }));
    http.send('server', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).close();
    const packets = http.packets.map((packet) => ({ ...packet, timeMicros: 0 }));
    expect((await report(packets)).proof.differences).toEqual([]);
  });

  it('where MAC addresses are numbers that occur elsewhere', async () => {
    const http = talk(80)
      .handshake()
      .send('client', httpRequest({ host: 'www.geheimnis.net' }))
      .close();
    for (const { data } of http.packets) hex('000000000002 000000000001').copy(data);
    const { proof, scrubbed_places } = await report(http.packets);
    expect([proof.holds, scrubbed_places]).toEqual([true, 0]);
  });

  it('where the host of a request is an address, of any length', async () => {
    for (const host of ['127.0.0.1', '203.0.113.99', '10.1.2.3:8080', '[2001:db8::1]']) {
      const http = talk(80).handshake().send('client', httpRequest({ host })).close();
      const { proof, connections } = await report(http.packets);
      expect([host, proof.holds, connections.rewritten]).toEqual([host, true, 1]);
    }
  });
});
