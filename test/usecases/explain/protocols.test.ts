/** What --explain shows of names that are not in a TLS record: where their bytes lie, or what stands in for them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BytePlace, Proof } from '../../../src/core/explain/model.js';
import { headersFrames, http2Frame, PREFACE, settingsFrame } from '../../core/inspect/http2/http2-bytes.js';
import { dtlsHelloBody, dtlsRecord } from '../../forge/dtls.js';
import { hex } from '../../forge/fields.js';
import { chlo, googleCryptoFrame, q043Packet, streamFrame } from '../../forge/google-quic.js';
import { httpRequest } from '../../forge/http.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { initialPacket } from '../../forge/quic.js';
import { GOOGLE_Q050 } from '../../forge/quic-keys.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { explained } from './explained.js';

const NAME = 'www.example.org';
const client = { address: '192.0.2.10', port: 50_000 };
const server = { address: '203.0.113.5', port: 8443 };

const folder = mkdtempSync(join(tmpdir(), 'dpi-explain-protocols-'));
const file = join(folder, 'capture.pcap');
afterAll(() => rmSync(folder, { recursive: true }));

/** The only proof that the only connection has, and the bytes that its places point at. */
async function proofOf(packets: readonly ForgedPacket[]): Promise<{ proof: Proof; bytes: string }> {
  writeFileSync(file, pcapFile(packets));
  const { explanations } = await explained(file, '#1');
  expect(explanations).toHaveLength(1);
  const { proofs } = explanations[0]!;
  expect(proofs).toHaveLength(1);
  const data = readFileSync(file);
  const bytesOf = (place: BytePlace) => data.subarray(place.file_offset!, place.file_offset! + place.length);
  return { proof: proofs[0]!, bytes: Buffer.concat(proofs[0]!.bytes.map(bytesOf)).toString('latin1') };
}

const tcp = (...messages: Buffer[]) => {
  const conversation = new TcpConversation({ client, server }).handshake();
  for (const message of messages) conversation.send('client', message);
  return conversation.packets;
};
const udp = (port: number, ...datagrams: Buffer[]) =>
  new UdpConversation({ client, server: { ...server, port } }).send('client', ...datagrams).packets;

describe('HTTP/2', () => {
  it('has its name where the literal lies', async () => {
    const { proof, bytes } = await proofOf(tcp(Buffer.concat([PREFACE, settingsFrame(), headersFrames(1, NAME)])));
    expect(proof).toMatchObject({
      name: NAME,
      field: 'request, pseudo-header :authority',
      reference: 'RFC 9113 §8.3.1',
    });
    expect([bytes, proof.packets, proof.notes]).toEqual([NAME, [4], []]);
  });

  it('shows the frame in which it is encoded', async () => {
    // RFC 7541 §C.4.1: a request for www.example.com with Huffman coding.
    const block = hex('828684418cf1e3c2e5f23a6ba0ab90f4ff');
    const frame = http2Frame(1, 5, 1, block);
    const { proof, bytes } = await proofOf(tcp(Buffer.concat([PREFACE, settingsFrame()]), frame));
    expect(proof.name).toBe('www.example.com');
    expect(bytes).toBe(frame.toString('latin1', 0, 16));
    expect(proof.notes).toEqual(['The name is encoded in this frame (HPACK), not written in it as it is.']);
    expect(proof.packets).toContain(5 + 1);
  });
});

describe('HTTP/1', () => {
  it.each([
    ['GET', `http://${NAME}/path`, 'request line, absolute target', 'RFC 9112 §3.2.2'],
    ['CONNECT', `${NAME}:443`, 'request line, target of CONNECT', 'RFC 9112 §3.2.3'],
  ])('%s %s has its name in the request line', async (method, target, field, reference) => {
    const { proof, bytes } = await proofOf(tcp(httpRequest({ method, target, host: null })));
    expect(proof).toMatchObject({ name: NAME, field, reference, text: `${method} ${target} HTTP/1.1` });
    expect(bytes).toBe(NAME);
  });
});

describe('DTLS', () => {
  it('has its name in a datagram', async () => {
    const { proof, bytes } = await proofOf(udp(4433, dtlsRecord(1, 0, dtlsHelloBody(NAME))));
    expect(proof).toMatchObject({ name: NAME, protocol: 'dtls', reference: 'RFC 6066 §3' });
    expect([bytes, proof.packets]).toEqual([NAME, [1]]);
  });

  it('says so where the name is cut', async () => {
    const body = dtlsHelloBody(NAME);
    const cut = body.indexOf(NAME) + 5;
    const { proof } = await proofOf(udp(4433, dtlsRecord(1, 0, body, 0, cut), dtlsRecord(1, 0, body, cut)));
    expect(proof).toMatchObject({ name: NAME, bytes: [], packets: [1, 2], pieces: { datagrams: 2 } });
    expect(proof.notes).toEqual(['The name is cut into pieces that came in several datagrams.']);
  });
});

describe('QUIC of Google', () => {
  it('has its name in clear', async () => {
    const packet = q043Packet(1, Buffer.concat([streamFrame(0, chlo(NAME)), Buffer.alloc(80)]));
    const { proof, bytes } = await proofOf(udp(443, packet));
    expect(proof).toMatchObject({ name: NAME, field: 'CHLO, tag SNI', reference: 'Google QUIC crypto' });
    expect(bytes).toBe(NAME);
  });

  it('has its name in protected Initials', async () => {
    const options = { version: GOOGLE_Q050, destinationConnectionId: hex('8394c8f03e515708'), packetNumber: 1 };
    const { proof } = await proofOf(udp(443, initialPacket(googleCryptoFrame(0, chlo(NAME)), options)));
    expect(proof).toMatchObject({
      name: NAME,
      field: 'CHLO, tag SNI',
      pieces: { crypto_frames: 1, initials: 1, datagrams: 1 },
    });
    const decrypted = Buffer.from(proof.decrypted.map(({ hex }) => hex).join(''), 'hex').toString('latin1');
    expect(decrypted).toBe(NAME);
  });
});

describe('a protocol without names', () => {
  it('shows the beginning of its message over TCP', async () => {
    const { proof, bytes } = await proofOf(tcp(Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')));
    expect(proof).toMatchObject({ name: null, protocol: 'ssh', field: 'beginning of the message', packets: [4] });
    expect(bytes).toBe('SSH-2.0-OpenSSH_');
  });

  it('shows the beginning of its message over UDP', async () => {
    const ntp = Buffer.alloc(48);
    ntp[0] = 0x23;
    const { proof, bytes } = await proofOf(udp(123, ntp));
    expect(proof).toMatchObject({ name: null, protocol: 'ntp', field: 'beginning of the message', packets: [1] });
    expect(bytes).toBe(ntp.toString('latin1', 0, 16));
  });
});
