/** What is malformed in a packet, and which field says so. */
import { describe, expect, it } from 'vitest';
import { packetNote } from '../../../src/core/explain/packet-note.js';
import { ethernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { tcpPacket, udpPacket } from '../../forge/transport.js';

const CLIENT = { address: '192.0.2.1', port: 40_000 };
const SERVER = { address: '198.51.100.2', port: 53 };
const CLIENT6 = { address: '2001:db8::1', port: 40_000 };
const SERVER6 = { address: '2001:db8::2', port: 53 };
const LINK_ETHERNET = 1;

type Edit = (frame: Buffer) => void;

function noteOf(packet: Buffer, edit: Edit = () => {}, cutTo = Number.POSITIVE_INFINITY, linkType = LINK_ETHERNET) {
  const frame = ethernet(packet, undefined, false);
  edit(frame);
  const bytes = frame.subarray(0, cutTo);
  return packetNote({ number: 7, tsMicros: FORGE_EPOCH_MICROS, bytes, wireLen: frame.length, linkType }, null, null);
}

const udp = () => udpPacket(CLIENT, SERVER, Buffer.from('hello'));
const tcp = () => tcpPacket(CLIENT, { ...SERVER, port: 80 }, { seq: 1, flags: 0x18, payload: Buffer.from('hello') });

describe('the note about a packet', () => {
  it.each<[string, Buffer, Edit, object]>([
    [
      'total length below the header',
      udp(),
      (frame) => frame.writeUInt16BE(16, 16),
      { anomaly: 'ip_bad_total_length', field: 'Total Length', frame_offset: 16, hex: '0010' },
    ],
    [
      'total length beyond the frame',
      udp(),
      (frame) => frame.writeUInt16BE(900, 16),
      { anomaly: 'ip_bad_total_length', field: 'Total Length', frame_offset: 16, hex: '0384' },
    ],
    [
      'payload length beyond the frame',
      udpPacket(CLIENT6, SERVER6, Buffer.from('hello')),
      (frame) => frame.writeUInt16BE(900, 18),
      { anomaly: 'ip_bad_total_length', field: 'Payload Length', reference: 'RFC 8200 §3', frame_offset: 18 },
    ],
    [
      'header length below 20',
      udp(),
      (frame) => (frame[14] = 0x44),
      { anomaly: 'ip_bad_header_length', field: 'Internet Header Length', frame_offset: 14, hex: '44' },
    ],
    [
      'UDP length below its header',
      udp(),
      (frame) => frame.writeUInt16BE(3, 38),
      { anomaly: 'udp_bad_length', field: 'Length', reference: 'RFC 768', frame_offset: 38, hex: '0003' },
    ],
    [
      'UDP length beyond the packet',
      udp(),
      (frame) => frame.writeUInt16BE(999, 38),
      { anomaly: 'udp_bad_length', frame_offset: 38, hex: '03e7' },
    ],
    [
      'data offset below 20 bytes',
      tcp(),
      (frame) => (frame[46] = 0x40),
      { anomaly: 'tcp_bad_data_offset', field: 'Data Offset', frame_offset: 46, hex: '40' },
    ],
  ])('names the field: %s', (_, packet, edit, expected) => {
    expect(noteOf(packet, edit)).toMatchObject({ number: 7, connection: null, ...expected });
  });

  it.each([
    [10, 'truncated_link_header', 0],
    [20, 'truncated_ip_header', 14],
    [40, 'truncated_transport_header', 34],
  ])('shows the beginning of a header that is cut at %i bytes', (cutTo, anomaly, offset) => {
    const note = noteOf(tcp(), undefined, cutTo);
    expect(note).toMatchObject({ anomaly, field: null, frame_offset: offset, captured_length: cutTo });
    expect(note.hex).toHaveLength(2 * Math.min(16, cutTo - offset));
  });

  it('is empty for a well-formed packet, and survives every cut and any byte', () => {
    expect(noteOf(udp())).toMatchObject({ anomaly: null, field: null, frame_offset: null, hex: null });
    const frame = ethernet(tcp(), undefined, false);
    for (let len = 0; len <= frame.length; len++) noteOf(tcp(), undefined, len);
    for (let at = 0; at < frame.length; at++) {
      for (const value of [0, 0x0f, 0x60, 0xff]) {
        const { frame_offset: offset, hex } = noteOf(tcp(), (bytes) => (bytes[at] = value));
        if (offset !== null) expect(offset + hex!.length / 2).toBeLessThanOrEqual(frame.length);
      }
    }
  });

  it('has no place for an unknown link type', () => {
    expect(noteOf(udp(), undefined, undefined, 65_000)).toMatchObject({
      anomaly: 'unsupported_link_type',
      frame_offset: null,
    });
  });
});
