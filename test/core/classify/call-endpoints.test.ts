import { describe, expect, it } from 'vitest';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { analyzePackets, conversation } from '../../hostile/engine.js';

const client = { address: '192.0.2.7', port: 40_000 };
const relay = { address: '203.0.113.10', port: 3478 };
const peer = { address: '198.51.100.9', port: 35_393 };
const TRANSACTION = 'b7e7a701bc34d686fa87dfae';
const COOKIE = 0x2112a442;

/** A STUN message of one type with its attributes, each type and value. */
function stun(type: number, ...attributes: (readonly [number, Buffer])[]): Buffer {
  const body = attributes.map(([kind, value]) => {
    const attribute = Buffer.alloc(4 + ((value.length + 3) & ~3));
    attribute.writeUInt16BE(kind, 0);
    attribute.writeUInt16BE(value.length, 2);
    value.copy(attribute, 4);
    return attribute;
  });
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(
    body.reduce((len, one) => len + one.length, 0),
    2,
  );
  header.writeUInt32BE(COOKIE, 4);
  header.write(TRANSACTION, 8, 'hex');
  return Buffer.concat([header, ...body]);
}

/** XOR-PEER-ADDRESS of 198.51.100.9. */
function peerAddress(port: number): Buffer {
  const value = Buffer.from([0, 1, 0, 0, 198 ^ 0x21, 51 ^ 0x12, 100 ^ 0xa4, 9 ^ 0x42]);
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  return value;
}

const plainCheck = stun(0x0001, [0x0008, Buffer.alloc(20, 7)]);
const whatsappAllocate = stun(0x0003, [0x4000, Buffer.alloc(12, 3)]);
const realm = stun(0x0113, [0x0014, Buffer.from('telegram.org')]);
const noise = Buffer.alloc(40, 0xee);

function setUp(...fromClient: Buffer[]): UdpConversation {
  return new UdpConversation({ client, server: relay }).send('client', ...fromClient);
}

describe('the ends of a call', () => {
  it('gives the app of the relay to the peers that the same socket speaks with, whoever begins', () => {
    const packets = [
      ...setUp(whatsappAllocate).packets,
      ...new UdpConversation({ client, server: peer }).send('client', plainCheck).packets,
      ...new UdpConversation({ client: { ...peer, port: 1234 }, server: client }).send('client', noise).packets,
    ];
    for (const one of analyzePackets(packets)) {
      expect(one).toMatchObject({
        app: 'WHATSAPP',
        detected_by: 'signature',
        confidence: 'likely',
        evidence_packet: 1,
      });
    }
    expect(analyzePackets(packets).map((one) => one.evidence_match)).toEqual([
      null,
      '192.0.2.7:40000',
      '192.0.2.7:40000',
    ]);
  });

  it('follows the peer that a TURN client names to another socket', () => {
    const relayed = setUp(stun(0x0003))
      .send('server', realm)
      .send('client', stun(0x0008, [0x0012, peerAddress(peer.port)]));
    const other = { ...client, port: 41_000 };
    const direct = new UdpConversation({ client: other, server: peer }).send('client', plainCheck);
    const [, call] = analyzePackets([...relayed.packets, ...direct.packets]);
    expect(call).toMatchObject({ app: 'TELEGRAM', evidence_match: '198.51.100.9:35393', evidence_packet: 3 });
  });

  it('believes no peer that the relay or a TURN client of no known app names', () => {
    const told = setUp(stun(0x0003)).send('server', realm, stun(0x0017, [0x0012, peerAddress(peer.port)]));
    const unknown = new UdpConversation({ client: { ...client, port: 42_000 }, server: relay });
    unknown.send('client', stun(0x0008, [0x0012, peerAddress(peer.port)]));
    const direct = new UdpConversation({ client: { ...client, port: 41_000 }, server: peer }).send(
      'client',
      plainCheck,
    );
    const apps = analyzePackets([...told.packets, ...unknown.packets, ...direct.packets]).map((one) => one.app);
    expect(apps).toEqual(['TELEGRAM', 'UNKNOWN', 'UNKNOWN']);
  });

  it('says nothing of another port, of the relay, of TCP, or of what begins eleven minutes later', () => {
    const first = setUp(whatsappAllocate);
    const startMicros = first.packets[0]!.timeMicros + 660e6;
    const packets = [
      ...first.packets,
      ...new UdpConversation({ client: { ...client, port: 40_001 }, server: peer }).send('client', plainCheck).packets,
      ...new UdpConversation({ client: { ...peer, port: 50_000 }, server: relay }).send('client', plainCheck).packets,
      ...conversation(0, { client, server: peer }).send('client', noise).packets,
      ...new UdpConversation({ client, server: peer, startMicros }).send('client', plainCheck).packets,
    ];
    expect(analyzePackets(packets).map((one) => one.app)).toEqual([
      'WHATSAPP',
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
    ]);
  });

  it('reads no peer from a message cut at any length', () => {
    const permission = stun(0x0008, [0x0012, peerAddress(peer.port)]);
    for (let len = 20; len < permission.length; len++) {
      const relayed = setUp(stun(0x0003)).send('server', realm).send('client', permission.subarray(0, len));
      const direct = new UdpConversation({ client: { ...client, port: 41_000 }, server: peer }).send('client', noise);
      expect(analyzePackets([...relayed.packets, ...direct.packets])[1]!.app).toBe('UNKNOWN');
    }
  });
});

describe('signatures beside others', () => {
  it('knows Discord by its keep-alive among reports that are encrypted', () => {
    const report = Buffer.from(`81c90007${'00162ffd'}${'5a'.repeat(44)}`, 'hex');
    const { packets } = setUp(report).send('server', report, Buffer.from('1337cafea9010000', 'hex'));
    expect(analyzePackets(packets)[0]).toMatchObject({ app_protocol: 'rtcp', app: 'DISCORD', evidence_packet: 3 });
  });

  it.each([
    [[4], 'WHATSAPP'],
    [[4, 11], 'WHATSAPP'],
    [[1], 'WHATSAPP'],
  ])('knows WhatsApp by the header behind its routing data, in segments of %j', (segments, app) => {
    const opening = Buffer.from(`45440001000004080b080957410502000040${'5a'.repeat(64)}`, 'hex');
    const { packets } = conversation(0).handshake().send('client', opening, { segments });
    expect(analyzePackets(packets)[0]).toMatchObject({ app_protocol: 'whatsapp', app });
  });
});

describe('a name that is the address of its server', () => {
  it.each([
    ['52.114.250.152', '52.114.250.152', 'TEAMS', 'ip-range'],
    ['52.114.250.152', '52.114.250.153', 'UNKNOWN', 'http'],
    ['192.0.2.99', '192.0.2.99', 'UNKNOWN', 'http'],
  ])('at %s, which names %s, counts for no name: %s by %s', (address, host, app, by) => {
    const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { packets } = conversation(0, { server: { address, port: 80 } }).send('client', request);
    expect(analyzePackets(packets)[0]).toMatchObject({ domain: host, app, detected_by: by });
  });
});
