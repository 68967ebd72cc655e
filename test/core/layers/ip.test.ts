import { describe, expect, it } from 'vitest';
import {
  IP_BAD_EXTENSION_HEADER,
  IP_BAD_HEADER_LENGTH,
  IP_BAD_TOTAL_LENGTH,
  TCP_BAD_DATA_OFFSET,
  TRUNCATED_IP_HEADER,
  TRUNCATED_TRANSPORT_HEADER,
  UDP_BAD_LENGTH,
  UNSUPPORTED_VERSION,
} from '../../../src/core/common/anomaly.js';
import { DECODED, MALFORMED, TRUNCATED } from '../../../src/core/layers/packet-view.js';
import { decode, ethernet, hex, INNER, ipv4, ipv6, newView, payloadText, RAW, tcp, tuple, udp } from './frames.js';

const TEXT: Buffer = Buffer.from('payload');

describe('IPv4', () => {
  it('reads a packet off the wire', () => {
    // A SYN from 192.168.1.20:49210 to 93.184.216.34:80 with MSS, SACK permitted, time stamps and window scale.
    const frame = hex(`
      00005e000101 00163e112233 0800
      4500 003c 1c46 4000 40 06 2f3b c0a80114 5db8d822
      c03a 0050 5a2b1f00 00000000 a002 faf0 1234 0000 020405b4 0402080a 0011223300000000 01030307`);
    const view = decode(frame);
    expect(tuple(view)).toBe('192.168.1.20:49210 > 93.184.216.34:80 6');
    expect(view).toMatchObject({ ipVersion: 4, tcpFlags: 0x02, tcpSeq: 0x5a2b1f00, tcpAck: 0 });
    expect(view.payloadEnd - view.payloadStart).toBe(0);
    expect(view.payloadWireLen).toBe(0);
  });

  it('takes total length 0 for the whole frame (segmentation offload)', () => {
    expect(payloadText(decode(ipv4(6, tcp(1, 2, TEXT), { totalLen: 0 }), RAW))).toBe('payload');
  });

  it.each([
    ['version 5', hex('55'), UNSUPPORTED_VERSION],
    ['a header of 16 bytes', hex('44'), IP_BAD_HEADER_LENGTH],
    ['a total length below the header', hex('45000013'), IP_BAD_TOTAL_LENGTH],
  ])('names %s', (_name, head, anomaly) => {
    const packet = ipv4(6, tcp(1, 2, TEXT));
    packet.set(head);
    expect(decode(ethernet(0x0800, packet))).toMatchObject({ status: MALFORMED, anomaly, ipVersion: 0 });
  });

  it('trusts a total length beyond the frame, and counts it', () => {
    const view = decode(ipv4(6, tcp(1, 2, TEXT), { totalLen: 1500 }), RAW);
    expect(view).toMatchObject({ status: DECODED, anomaly: IP_BAD_TOTAL_LENGTH, payloadWireLen: 1460 });
    expect(payloadText(view)).toBe('payload');
  });

  it('tells the wire length of a payload that the capture cut', () => {
    const packet = ipv4(6, tcp(1, 2, Buffer.alloc(1000)));
    const view = decode(packet.subarray(0, 50), RAW, newView(), packet.length + 4);
    expect(view.payloadEnd - view.payloadStart).toBe(10);
    expect(view.payloadWireLen).toBe(1000);
  });

  it('passes options, and takes the end of an unfinished source route for the destination', () => {
    const route = (pointer: string) => hex(`01 83 0b ${pointer} c0000263 c0000264`);
    const packet = (pointer: string) => ipv4(17, udp(1, 2, TEXT), { options: route(pointer) });
    expect(tuple(decode(packet('04'), RAW))).toBe('10.0.0.1:1 > 192.0.2.100:2 17');
    expect(tuple(decode(packet('0c'), RAW))).toBe('10.0.0.1:1 > 10.0.0.2:2 17');
    expect(tuple(decode(ipv4(17, udp(1, 2, TEXT), { options: hex('83ff0400') }), RAW))).toBe(
      '10.0.0.1:1 > 10.0.0.2:2 17',
    );
  });

  it('keeps the payload of a protocol that it does not know', () => {
    const view = decode(ipv4(89, TEXT), RAW);
    expect(view).toMatchObject({ ipProto: 89, hasTransport: false, status: DECODED });
    expect(payloadText(view)).toBe('payload');
  });

  it('does not take IPv6 extension header numbers for such', () => {
    expect(decode(ipv4(0, hex('0600000000000000')), RAW)).toMatchObject({ ipProto: 0, status: DECODED });
    expect(decode(ipv4(44, hex('0600000100000000')), RAW)).toMatchObject({ ipProto: 44, status: DECODED });
  });
});

describe('IPv6', () => {
  const PAD = '0104 00000000';

  it.each([
    ['hop-by-hop', 0, `1100 ${PAD}`],
    ['routing, segments left', 43, '1102 0001 00000000 20010db8000000000000000000000099'],
    ['destination options of 16 bytes', 60, `1101 ${PAD} 0000000000000000`],
    ['mobility', 135, '1100 000000000000'],
    ['AH', 51, '1104 0000 00000001 00000001 000000000000000000000000'],
    ['an atomic fragment', 44, '1100 0000 00000001'],
    [
      'five in a row',
      0,
      `3c00 ${PAD} 2b00 ${PAD} 2c00 000000000000 3300 0000 00000001 3c01 0000 00000001 00000001 1100 ${PAD}`,
    ],
  ])('passes %s', (_name, first, headers) => {
    const view = decode(ipv6(first, Buffer.concat([hex(headers), udp(1000, 53, TEXT)])), RAW);
    expect(view).toMatchObject({ ipProto: 17, srcPort: 1000, dstPort: 53, hasTransport: true, fragmentGroup: 0 });
    expect(payloadText(view)).toBe('payload');
  });

  it('keeps the addresses when an extension header is cut off', () => {
    const view = decode(ipv6(60, hex('1105 010400000000')), RAW);
    expect(view).toMatchObject({ ipVersion: 6, status: TRUNCATED, anomaly: IP_BAD_EXTENSION_HEADER });
    expect(view.hasTransport).toBe(false);
  });

  it('ends a chain that is too long', () => {
    const headers = Buffer.concat(Array.from({ length: 60 }, () => hex('3c00 0104 00000000')));
    expect(decode(ipv6(60, headers), RAW)).toMatchObject({ status: MALFORMED, hasTransport: false });
  });

  it('takes payload length 0 for the whole frame (jumbogram)', () => {
    const view = decode(ipv6(0, Buffer.concat([hex('0600 c204 00012345'), tcp(1, 2, TEXT)]), '', '', 0), RAW);
    expect(payloadText(view)).toBe('payload');
  });

  it('ends at no next header', () => {
    expect(decode(ipv6(59, TEXT), RAW)).toMatchObject({ ipProto: 59, hasTransport: false, status: DECODED });
  });
});

describe('transport', () => {
  it('passes TCP options', () => {
    expect(payloadText(decode(ipv4(6, tcp(1, 2, TEXT, hex('0101080a0000000100000002'))), RAW))).toBe('payload');
  });

  it('names a TCP data offset below 5 or beyond the packet', () => {
    const short = tcp(1, 2, TEXT);
    short[12] = 0x40;
    expect(decode(ipv4(6, short), RAW)).toMatchObject({ status: MALFORMED, anomaly: TCP_BAD_DATA_OFFSET, srcPort: 1 });
    const long = tcp(1, 2, TEXT);
    long[12] = 0xf0;
    expect(decode(ipv4(6, long), RAW)).toMatchObject({
      status: MALFORMED,
      anomaly: TCP_BAD_DATA_OFFSET,
      hasTransport: true,
      payloadWireLen: 0,
    });
  });

  it('knows the connection when the capture ends inside the TCP options', () => {
    const packet = ipv4(6, tcp(1, 2, TEXT, Buffer.alloc(12, 1)));
    const view = decode(packet.subarray(0, 44), RAW, newView(), packet.length);
    expect(view).toMatchObject({ status: TRUNCATED, hasTransport: true, dstPort: 2, payloadWireLen: 7 });
  });

  it('reads the ports of the eight bytes that an ICMP error quotes', () => {
    const view = decode(ipv4(6, tcp(1, 2, TEXT)).subarray(0, 28), RAW);
    expect(view).toMatchObject({ srcPort: 1, dstPort: 2, hasTransport: false, status: TRUNCATED });
  });

  it.each([
    [0, 'payload', 0],
    [8 + 3, 'pay', 0],
    [9000, 'payload', UDP_BAD_LENGTH],
  ])('UDP length %i gives the payload %s', (length, payload, anomaly) => {
    const view = decode(ipv4(17, udp(1, 2, TEXT, length)), RAW);
    expect(payloadText(view)).toBe(payload);
    expect(view).toMatchObject({ status: DECODED, anomaly });
  });

  it('names a UDP length below its header', () => {
    const view = decode(ipv4(17, udp(1, 2, TEXT, 7)), RAW);
    expect(view).toMatchObject({ status: MALFORMED, anomaly: UDP_BAD_LENGTH, srcPort: 1, payloadWireLen: 0 });
  });

  it.each([
    ['SCTP', 132, hex('1388 1389 00000001 00000002'), 0x1388],
    ['DCCP', 33, hex('1388 1389 04 00 0000 0000000000000000'), 0x1388],
    ['UDP-Lite', 136, hex('1388 1389 0008 0000'), 0x1388],
  ])('reads the ports of %s', (_name, proto, header, port) => {
    const view = decode(ipv4(proto, Buffer.concat([header, TEXT])), RAW);
    expect(view).toMatchObject({ srcPort: port, dstPort: port + 1, hasTransport: true });
    expect(payloadText(view)).toBe('payload');
    expect(decode(ipv4(proto, header.subarray(0, 6)), RAW)).toMatchObject({
      srcPort: port,
      hasTransport: false,
      anomaly: TRUNCATED_TRANSPORT_HEADER,
    });
  });
});

describe('ICMP', () => {
  const unreachable = (quoted: Buffer, words = 0) => Buffer.concat([Buffer.from([3, 1, 0, 0, 0, words, 0, 0]), quoted]);

  it('points at the packet that an error quotes', () => {
    const view = decode(ipv4(1, unreachable(INNER)), RAW);
    expect(tuple(view)).toBe('10.0.0.1:0 > 10.0.0.2:0 1');
    expect(view.buf.subarray(view.quotedStart, view.quotedEnd)).toEqual(INNER);
    expect(view.hasTransport).toBe(true);
  });

  it('leaves extensions behind the quoted packet out', () => {
    const view = decode(ipv4(1, unreachable(Buffer.concat([INNER.subarray(0, 28), hex('2000000000080101')]), 7)), RAW);
    expect(view.quotedEnd - view.quotedStart).toBe(28);
  });

  it('quotes in ICMPv6 errors, and not in echoes', () => {
    const tooBig = decode(ipv6(58, Buffer.concat([hex('02000000 00000500'), INNER])), RAW);
    expect(tooBig.quotedEnd - tooBig.quotedStart).toBe(INNER.length);
    expect(decode(ipv6(58, hex('80000000 00010001 61')), RAW)).toMatchObject({ quotedStart: -1, hasTransport: true });
    expect(decode(ipv4(1, hex('08000000 00010001 61')), RAW)).toMatchObject({ quotedStart: -1, hasTransport: true });
  });
});

it('names an IP header that is cut off', () => {
  const view = decode(ethernet(0x0800, INNER.subarray(0, 19)));
  expect(view).toMatchObject({ status: TRUNCATED, anomaly: TRUNCATED_IP_HEADER, ipVersion: 0 });
});
