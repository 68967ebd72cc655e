import { describe, expect, it } from 'vitest';
import { foldChecksum, onesSum } from './checksum.js';
import { hex } from './fields.js';
import { fragmentIp, PROTO_TCP, pseudoHeaderSum } from './ip.js';
import { pcapFile } from './pcap.js';
import { pcapngFile } from './pcapng.js';
import { Prng } from './prng.js';
import { initialPacket, retryPacket } from './quic.js';
import { initialKeys, QUIC_V1, QUIC_V2 } from './quic-keys.js';
import { TcpConversation } from './tcp-conversation.js';
import { clientHello } from './tls.js';
import { udpPacket } from './transport.js';

const client = { address: '10.0.0.5', port: 50_123 };
const server = { address: '203.0.113.9', port: 443 };
/** RFC 9001 appendix A: the connection id and the CRYPTO frame of A.2. */
const RFC_ID = hex('8394c8f03e515708');
const RFC_FRAME = hex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c
  00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a0008000600
  1d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fba
  baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305030603
  0203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff070480
  00ffff0801100104800075300901100f088394c8f03e51570806048000ffff`);

describe('forge', () => {
  it('derives the initial keys of RFC 9001 A.1 and RFC 9369 A.1', () => {
    expect(initialKeys(QUIC_V1, RFC_ID, 'client').key.toString('hex')).toBe('1f369613dd76d5467730efcbe3b1a22d');
    expect(initialKeys(QUIC_V1, RFC_ID, 'server').headerProtection.toString('hex')).toBe(
      'c206b8d9b9f0f37644430b490eeaa314',
    );
    expect(initialKeys(QUIC_V2, RFC_ID, 'client').key.toString('hex')).toBe('8b1a0bc121284290a29e0971b5cd045d');
  });

  it('protects the client Initial of RFC 9001 A.2', () => {
    const packet = initialPacket(RFC_FRAME, { destinationConnectionId: RFC_ID, packetNumber: 2 });
    expect(packet.length).toBe(1200);
    expect(packet.subarray(0, 22).toString('hex')).toBe('c000000001088394c8f03e5157080000449e7b9aec34');
    expect(packet.subarray(-16).toString('hex')).toBe('e221af44860018ab0856972e194cd934');
  });

  it('writes the Retry of RFC 9001 A.4', () => {
    const packet = retryPacket({
      destinationConnectionId: Buffer.alloc(0),
      sourceConnectionId: hex('f067a5502a4262b5'),
      originalDestinationConnectionId: RFC_ID,
      token: Buffer.from('token'),
    });
    // The RFC's example has the unused low bits of the first byte set; the tag covers them, so only the layout is
    // compared.
    expect(packet.subarray(1, 20).toString('hex')).toBe('000000010008f067a5502a4262b5746f6b656e');
    expect(packet.length).toBe(36);
  });

  it('pads a hello to the length asked for and puts the name where asked', () => {
    for (const messageLen of [2048, 6144, 12_288]) {
      const hello = clientHello({ serverName: 'www.example.org', serverNameAt: 'last', messageLen });
      expect(hello.length).toBe(messageLen);
      expect(hello.subarray(-15).toString()).toBe('www.example.org');
    }
    expect(clientHello({ serverName: 'www.example.org' }).length).toBeGreaterThan(1460);
    expect(clientHello({ serverName: 'a.test', postQuantum: false, grease: false }).length).toBeLessThan(300);
  });

  it('numbers and checks TCP segments, over the wrap too', () => {
    const conversation = new TcpConversation({ client, server, clientIsn: 0xffff_ff00 });
    conversation
      .handshake()
      .send('client', new Prng(1).bytes(1000), { segments: [300] })
      .close();
    const data = conversation.packets.slice(3, 7).map((packet) => packet.data.subarray(14));
    expect(data.map((ip) => ip.readUInt32BE(24))).toEqual([0xffff_ff01, 0x2d, 0x159, 0x285]);
    for (const { data: frame } of conversation.packets) {
      const ip = frame.subarray(14, 14 + frame.readUInt16BE(16));
      expect(foldChecksum(onesSum(ip, 0, 20))).toBe(0);
      const seed = pseudoHeaderSum(address(ip, 12), address(ip, 16), PROTO_TCP, ip.length - 20);
      expect(foldChecksum(onesSum(ip, 20, ip.length, seed))).toBe(0);
    }
  });

  it('cuts fragments that cover the datagram', () => {
    for (const pair of [
      ['10.0.0.1', '10.0.0.2'],
      ['2001:db8::1', '2001:db8::2'],
    ]) {
      const packet = udpPacket({ address: pair[0]!, port: 1 }, { address: pair[1]!, port: 2 }, new Prng(2).bytes(1000));
      const headerLen = pair[0]!.includes(':') ? 40 : 20;
      const skip = pair[0]!.includes(':') ? 48 : 20;
      const fragments = fragmentIp(packet, 300, 7);
      expect(Buffer.concat(fragments.map((fragment) => fragment.subarray(skip)))).toEqual(packet.subarray(headerLen));
    }
  });

  it('gives the same capture for the same seed', () => {
    const make = (): Buffer => {
      const conversation = new TcpConversation({ client, server });
      conversation.handshake().send('client', clientHello({ serverName: 'example.org', seed: 5 }));
      return Buffer.concat([pcapFile(conversation.packets), pcapngFile(conversation.packets, { resolution: 9 }, true)]);
    };
    expect(make().equals(make())).toBe(true);
  });
});

function address(ip: Buffer, at: number): string {
  return [...ip.subarray(at, at + 4)].join('.');
}
