import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDR_A, ADDR_B } from '../../../src/core/flow/flow-row.js';
import { FlowRows } from '../../../src/core/flow/flow-rows.js';
import { PacketColumns } from '../../../src/core/flow/packet-columns.js';
import { SegmentGate } from '../../../src/core/inspect/segment-gate.js';
import { BAD_CHECKSUM } from '../../../src/core/inspect/techniques.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { addressBytes } from '../../forge/ip.js';
import { ethernet, vlanEthernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { ACK, PSH, RST, SYN, type TcpFields, tcpPacket } from '../../forge/transport.js';
import { analyzed } from '../../support/analyzed.js';

const V4 = { client: { address: '192.0.2.10', port: 50_000 }, server: { address: '203.0.113.5', port: 443 } };
const V6 = { client: { address: '2001:db8::1', port: 50_000 }, server: { address: '2001:db8::5', port: 443 } };
const REAL = clientHelloRecord({ serverName: 'www.youtube.com', postQuantum: false });
const FAKE = clientHelloRecord({ serverName: 'www.example.org', postQuantum: false });
const URG = 0x20;
const ISN = 1000;
const PEER_ISN = 500_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-segments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Frame = Buffer;
type Change = (frame: Buffer) => void;

/** Where the TCP header begins in an Ethernet frame. */
const tcpAt = (frame: Buffer) => 14 + (frame[14]! >> 4 === 4 ? 20 : 40);
const wrongChecksum: Change = (frame) =>
  frame.writeUInt16BE(frame.readUInt16BE(tcpAt(frame) + 16) ^ 0x5a5a, tcpAt(frame) + 16);
const stamp = (value: number) => Buffer.from([1, 1, 8, 10, ...be32(value), 0, 0, 0, 1]);
const MD5 = Buffer.from([19, 18, ...Buffer.alloc(16, 7), 1, 1]);

function be32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Frames of one connection; numbers are offsets in the streams of both sides. */
function wire({ client, server } = V4) {
  const send = (fields: TcpFields, change?: Change, ttl = 64): Frame => {
    const frame = ethernet(tcpPacket(client, server, fields, { ttl }));
    change?.(frame);
    return frame;
  };
  const data = (payload: Buffer, fields: Partial<TcpFields> = {}, change?: Change, ttl = 64): Frame =>
    send({ seq: ISN + 1, ack: PEER_ISN + 1, flags: ACK | PSH, payload, ...fields }, change, ttl);
  const answer = (fields: TcpFields): Frame => ethernet(tcpPacket(server, client, fields));
  const handshake = (options?: Buffer): Frame[] => [
    send({ seq: ISN, flags: SYN, options }),
    answer({ seq: PEER_ISN, ack: ISN + 1, flags: SYN | ACK, options }),
    send({ seq: ISN + 1, ack: PEER_ISN + 1, flags: ACK, options }),
  ];
  const taken = (len: number) => answer({ seq: PEER_ISN + 1, ack: ISN + 1 + len, flags: ACK });
  return { send, data, answer, handshake, taken };
}

async function read(frames: readonly Frame[]): Promise<ConnectionRecord[]> {
  const packets: ForgedPacket[] = frames.map((data, i) => ({ data, timeMicros: FORGE_EPOCH_MICROS + i * 1000 }));
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile(packets));
  return analyzed(file);
}

async function one(frames: readonly Frame[]): Promise<ConnectionRecord> {
  const connections = await read(frames);
  expect(connections).toHaveLength(1);
  return connections[0]!;
}

describe.each([
  ['IPv4', V4],
  ['IPv6', V6],
])('over %s, a segment that its receiver refuses names nothing', (_name, endpoints) => {
  const { data, handshake, taken } = wire(endpoints);
  const at = ISN + 1;
  // Bytes of the past change nothing, and count for nothing.
  const oldSequence = data(FAKE, { seq: at - 10_000, ack: PEER_ISN - 66_000 });
  const cases: [why: string, technique: string, fake: Frame, options?: Buffer][] = [
    ['a wrong checksum', 'fake segment: bad checksum', data(FAKE, {}, wrongChecksum)],
    ['a sequence number behind the window', 'fake segment: outside the window', data(FAKE, { seq: at + 400_000 })],
    ['a sequence number long before the window', 'fake segment: acknowledgment too old', oldSequence],
    ['no ACK flag', 'fake segment: no ACK flag', data(FAKE, { flags: PSH, ack: 0 })],
    [
      'an acknowledgment of data that was never sent',
      'fake segment: acknowledges unsent data',
      data(FAKE, { ack: PEER_ISN + 70_001 }),
    ],
    [
      'an acknowledgment from the far past',
      'fake segment: acknowledgment too old',
      data(FAKE, { ack: PEER_ISN + 1 - 66_000 }),
    ],
    ['the text of a reset', 'data in RST', data(FAKE, { flags: RST | ACK })],
    ['an MD5 signature that was not agreed on', 'MD5 option', data(FAKE, { options: MD5 })],
    ['an old time stamp', 'old timestamp', data(FAKE, { options: stamp(1000) }), stamp(900_000)],
  ];

  it.each(cases)('for %s: %s', async (_why, technique, fake, options) => {
    const real = data(REAL, options === undefined ? {} : { options });
    const got = await one([...handshake(options), fake, real, taken(REAL.length)]);
    expect(got).toMatchObject({ domain: 'www.youtube.com', domains: ['www.youtube.com'], confidence: 'certain' });
    const isOld = fake === oldSequence;
    expect(got.techniques).toEqual(isOld ? [] : [technique]);
  });

  it.each(cases)(
    'for %s, in the first half of a hello whose second came before',
    async (_why, _technique, fake, options) => {
      const half = REAL.length >> 1;
      const more = options === undefined ? {} : { options };
      const second = data(REAL.subarray(half), { seq: at + half, ...more });
      const first = data(REAL.subarray(0, half), more);
      const got = await one([...handshake(options), second, fake, first, taken(REAL.length)]);
      expect(got.domain).toBe('www.youtube.com');
    },
  );
});

describe('a segment that looks refused', () => {
  const { data, answer, handshake, taken } = wire();
  const likely = { domains: ['www.youtube.com'], confidence: 'likely' };

  it('is read once the receiver acknowledges it', async () => {
    const got = await one([...handshake(), data(REAL, {}, wrongChecksum), taken(REAL.length)]);
    expect(got).toMatchObject({ ...likely, evidence_packet: 4 });
  });

  it('is read at the end where nothing came in its place', async () => {
    expect(await one([...handshake(), data(REAL, {}, wrongChecksum)])).toMatchObject(likely);
    expect(await one([data(REAL, { flags: PSH, ack: 0 })])).toMatchObject(likely);
  });

  it('names nothing where other bytes came in its place', async () => {
    const real = Buffer.from('\x00\x01 nothing that names a host, but longer than the fake hello '.repeat(12));
    const got = await one([...handshake(), data(FAKE, {}, wrongChecksum), data(real), taken(real.length)]);
    expect(got.domains).toEqual([]);
  });

  it('is none where a second SYN-ACK has told of other numbers', async () => {
    const [syn, reply] = handshake();
    const other = answer({ seq: 99_000_000, ack: ISN + 1, flags: SYN | ACK });
    const got = await one([syn!, reply!, other, data(REAL, { ack: 99_000_001 })]);
    expect(got).toMatchObject({ domains: ['www.youtube.com'], confidence: 'certain' });
  });
});

describe('after so many right checksums that they are not tested any more', () => {
  const clientAt = (port: number) => ({ ...V4, client: { ...V4.client, port } });
  const evader = (port: number, lead = 0): Frame[] => {
    const { data, handshake, taken } = wire(clientAt(port));
    const first = REAL.subarray(0, lead);
    const fake = data(FAKE.subarray(lead), { seq: ISN + 1 + lead }, wrongChecksum);
    const real = data(REAL.subarray(lead), { seq: ISN + 1 + lead });
    return [...handshake(), ...(lead > 0 ? [data(first)] : []), fake, real, taken(REAL.length)];
  };

  it.each([0, 1, 70])('a fake behind %i real bytes starts the tests again', async (lead) => {
    const frames: Frame[] = [];
    for (let n = 0; n < 4200; n++) frames.push(wire(clientAt(1024 + n)).send({ seq: ISN, flags: SYN }));
    frames.push(...evader(60_001, lead), ...evader(60_002, lead));
    const connections = await read(frames);
    const of = (port: number) => connections.find((one) => one.src_port === port);
    expect(of(60_001)?.domains).toContain('www.youtube.com');
    expect(of(60_002)).toMatchObject({ domains: ['www.youtube.com'], confidence: 'certain' });
  });
});

describe('tests of checksums', () => {
  it('cease once so many were right since the last fake', () => {
    const flows = new FlowRows(16);
    const gate = new SegmentGate(flows, { word: () => 0 });
    const columns = new PacketColumns();
    const clientIsA = V4.client.address < V4.server.address;
    flows.words[ADDR_A] = addressBytes(clientIsA ? V4.client.address : V4.server.address).readInt32BE();
    flows.words[ADDR_B] = addressBytes(clientIsA ? V4.server.address : V4.client.address).readInt32BE();
    const { data } = wire();
    const judge = (frame: Frame) => {
      columns.buffers[0] = frame;
      columns.tcpStart[0] = 34;
      columns.tcpFlags[0] = ACK | PSH;
      columns.proto[0] = 6;
      columns.payloadStart[0] = 54;
      columns.payloadEnd[0] = frame.length;
      columns.payloadWireLen[0] = frame.length - 54;
      return gate.judge(columns, 0, 0, true);
    };
    const right = data(Buffer.alloc(40, 1));
    const wrong = data(Buffer.alloc(40, 2), {}, wrongChecksum);
    const rightOnes = () => {
      for (let n = 0; n < 4096; n++) expect(judge(right)).toBe(0);
    };
    expect([judge(right), judge(wrong)]).toEqual([0, BAD_CHECKSUM]);
    rightOnes();
    expect(judge(wrong), 'not tested any more').toBe(0);
    gate.suspectFakes();
    expect(judge(wrong), 'tested again').toBe(BAD_CHECKSUM);
    rightOnes();
    expect(judge(wrong), 'not for ever').toBe(0);
  });
});

describe('a SYN within a connection', () => {
  const { send, data, answer, handshake, taken } = wire();
  const fakeSyn = send({ seq: 77_000, flags: SYN });
  const [first, rest] = [data(REAL.subarray(0, 90)), data(REAL.subarray(90), { seq: ISN + 91 })];

  it.each<[string, Frame[]]>([
    ['before the hello', [...handshake(), fakeSyn, first, rest, taken(REAL.length)]],
    ['amidst the hello', [...handshake(), first, taken(90), fakeSyn, rest, taken(REAL.length)]],
    ['twice, with different numbers', [...handshake(), fakeSyn, send({ seq: 9, flags: SYN }), first, rest]],
    ['from the server', [...handshake(), taken(0), answer({ seq: 9, flags: SYN }), first, rest]],
    ['with data', [...handshake(), send({ seq: 77_000, flags: SYN, payload: FAKE }), first, rest]],
  ])('begins no other: %s', async (_, frames) => {
    expect(await one(frames)).toMatchObject({
      domains: ['www.youtube.com'],
      techniques: ['SYN within a connection'],
      packets: frames.length,
    });
  });

  it.each<[string, Frame[]]>([
    ['a SYN-ACK answers it', [answer({ seq: 5, ack: 77_001, flags: SYN | ACK })]],
    ['the connection was reset', [answer({ seq: PEER_ISN + 1, flags: RST }), fakeSyn]],
  ])('begins another where %s', async (_, next) => {
    const frames = [...handshake(), first, taken(90), fakeSyn, ...next];
    expect(await read(frames)).toHaveLength(2);
  });

  it('begins another where only one direction was captured', async () => {
    expect(await read([handshake()[0]!, first, fakeSyn])).toHaveLength(2);
  });
});

describe('data of a SYN', () => {
  const { send, data, answer, taken } = wire();
  const opening = (payload: Buffer) => send({ seq: ISN, flags: SYN, payload });
  const reply = (ack: number) => answer({ seq: PEER_ISN, ack, flags: SYN | ACK });

  it('names nothing unless the SYN-ACK acknowledges it (RFC 7413)', async () => {
    const got = await one([opening(FAKE), reply(ISN + 1), data(REAL), taken(REAL.length)]);
    expect(got).toMatchObject({ domains: ['www.youtube.com'], confidence: 'certain' });
    expect(got.techniques).toEqual(['unacknowledged data in SYN']);
  });

  it('names the host where the SYN-ACK acknowledges it', async () => {
    const got = await one([opening(REAL), reply(ISN + 1 + REAL.length)]);
    expect(got).toMatchObject({ domains: ['www.youtube.com'], confidence: 'certain', evidence_packet: 1 });
  });

  it('names the host where nothing else was captured', async () => {
    expect(await one([opening(REAL)])).toMatchObject({ domains: ['www.youtube.com'] });
  });
});

describe('copies of a hello that differ', () => {
  const { data, handshake, taken } = wire();
  const low = (payload: Buffer, seq = ISN + 1) => data(payload, { seq }, undefined, 3);
  const both = {
    domains: expect.arrayContaining(['www.youtube.com', 'www.example.org']),
    confidence: 'likely',
    techniques: ['overlapping segments differ'],
  };

  it('are all read, the fake first', async () => {
    expect(await one([...handshake(), low(FAKE), data(REAL), taken(REAL.length)])).toMatchObject(both);
  });

  it('are all read, the fake last', async () => {
    expect(await one([...handshake(), data(REAL), low(FAKE), taken(REAL.length)])).toMatchObject(both);
  });

  it('are all read where each half comes with two contents', async () => {
    const half = 100;
    const pieces = [FAKE, REAL, FAKE].map((one) => low(one.subarray(0, half)));
    const rest = [FAKE, REAL, FAKE].map((one) => low(one.subarray(half), ISN + 1 + half));
    expect(await one([...handshake(), ...pieces, ...rest, taken(REAL.length)])).toMatchObject(both);
  });

  it('are read though the first is no message', async () => {
    const got = await one([...handshake(), low(Buffer.alloc(REAL.length)), data(REAL), taken(REAL.length)]);
    expect(got).toMatchObject({ domains: ['www.youtube.com'], confidence: 'likely' });
  });

  it('change nothing once the first has been acknowledged', async () => {
    const got = await one([...handshake(), data(REAL), taken(REAL.length), low(FAKE)]);
    expect(got).toMatchObject({ domains: ['www.youtube.com'], confidence: 'certain' });
  });
});

describe('an urgent byte', () => {
  const { data, handshake, taken } = wire();
  const urgent = (payload: Buffer, pointer: number): Frame =>
    data(payload, { flags: ACK | PSH | URG }, (frame) => {
      const head = tcpAt(frame);
      frame.writeUInt16BE(pointer, head + 18);
      // RFC 1624: the checksum moves with the field.
      const sum = (frame.readUInt16BE(head + 16) ^ 0xffff) + pointer;
      frame.writeUInt16BE(((sum & 0xffff) + (sum >> 16)) ^ 0xffff, head + 16);
    });
  const name = REAL.indexOf('youtube');
  const withByte = (at: number) => Buffer.concat([REAL.subarray(0, at), Buffer.from('z'), REAL.subarray(at)]);

  it.each([1, name + 2, name + 5])('at %i is left out of the stream', async (at) => {
    const bytes = withByte(at);
    const got = await one([
      ...handshake(),
      urgent(bytes.subarray(0, at + 1), at + 1),
      data(bytes.subarray(at + 1), { seq: ISN + 2 + at }),
      taken(bytes.length),
    ]);
    expect(got).toMatchObject({ domain: 'www.youtube.com', confidence: 'likely', techniques: ['urgent data'] });
  });

  it('in the middle of its segment is left out too', async () => {
    const bytes = withByte(name + 2);
    expect(await one([...handshake(), urgent(bytes, name + 3), taken(bytes.length)])).toMatchObject({
      domain: 'www.youtube.com',
      confidence: 'likely',
    });
  });
});

describe('captures that are not perfect are read as before', () => {
  const certain = { domains: ['www.youtube.com'], confidence: 'certain', techniques: [] };
  const { send, data, answer, handshake, taken } = wire();

  it('the sender leaves checksums to its card', async () => {
    const partial: Change = (frame) => {
      const head = tcpAt(frame);
      let sum = 6 + frame.length - head;
      for (let at = 26; at < 34; at += 2) sum += frame.readUInt16BE(at);
      frame.writeUInt16BE(sum % 0xffff, head + 16);
    };
    const syn = send({ seq: ISN, flags: SYN }, partial);
    expect(await one([syn, ...handshake().slice(1), data(REAL, {}, partial)])).toMatchObject(certain);
  });

  it('every checksum is wrong', async () => {
    const syn = send({ seq: ISN, flags: SYN }, wrongChecksum);
    expect(await one([syn, data(REAL, {}, wrongChecksum)])).toMatchObject(certain);
  });

  it('the handshake is missing', async () => {
    expect(await one([data(REAL)])).toMatchObject(certain);
  });

  it('one direction is missing', async () => {
    expect(await one([handshake()[0]!, handshake()[2]!, data(REAL)])).toMatchObject(certain);
  });

  it('the first packets of the server are missing', async () => {
    const banner = answer({ seq: PEER_ISN + 3001, ack: ISN + 1, flags: ACK, payload: Buffer.from('x') });
    expect(await one([...handshake(), banner, data(REAL, { ack: PEER_ISN + 3002 })])).toMatchObject(certain);
  });

  it.each<[string, (frame: Frame) => Frame]>([
    ['the same', (frame) => frame],
    ['with a VLAN tag', (frame) => vlanEthernet([7])(frame.subarray(14))],
    [
      'with another TTL',
      (frame) => {
        const copy = Buffer.from(frame);
        copy[22]! -= 1;
        copy.writeUInt16BE(copy.readUInt16BE(24) + 0x100, 24);
        return copy;
      },
    ],
  ])('every packet comes twice, %s', async (_how, again) => {
    const frames = [...handshake(), data(REAL), taken(REAL.length)].flatMap((frame) => [frame, again(frame)]);
    const connections = await read(frames);
    for (const connection of connections) if (connection.domain !== null) expect(connection).toMatchObject(certain);
    expect(connections[0]).toMatchObject(certain);
  });

  it('a hello comes in twenty segments, the last first', async () => {
    const pieces = Array.from({ length: 20 }, (_, n) => {
      const from = Math.floor((n * REAL.length) / 20);
      return data(REAL.subarray(from, Math.floor(((n + 1) * REAL.length) / 20)), { seq: ISN + 1 + from });
    });
    expect(await one([...handshake(), ...pieces.reverse(), taken(REAL.length)])).toMatchObject(certain);
  });
});
