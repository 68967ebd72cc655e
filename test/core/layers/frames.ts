import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import { decodeFrame } from '../../../src/core/layers/registry.js';
import { printAddress } from './print-address.js';

export const ETHERNET = 1;
export const RAW = 101;

/** Bytes from hexadecimal text; blanks are ignored. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s+/g, ''), 'hex');
}

export function u16be(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [(value >> 8) & 0xff, value & 0xff]));
}

export function ethernet(etherType: number, payload: Buffer): Buffer {
  return Buffer.concat([hex('020000000002 020000000001'), u16be(etherType), payload]);
}

interface Ipv4Fields {
  src?: string;
  dst?: string;
  id?: number;
  /** In bytes. */
  offset?: number;
  more?: boolean;
  totalLen?: number;
  options?: Buffer;
}

export function ipv4(proto: number, payload: Buffer, fields: Ipv4Fields = {}): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const headerLen = 20 + options.length;
  const header = Buffer.alloc(20);
  header[0] = 0x40 | (headerLen / 4);
  header.writeUInt16BE(fields.totalLen ?? headerLen + payload.length, 2);
  header.writeUInt16BE(fields.id ?? 0, 4);
  header.writeUInt16BE((fields.more ? 0x2000 : 0) | ((fields.offset ?? 0) / 8), 6);
  header[8] = 64;
  header[9] = proto;
  header.set((fields.src ?? '10.0.0.1').split('.').map(Number), 12);
  header.set((fields.dst ?? '10.0.0.2').split('.').map(Number), 16);
  return Buffer.concat([header, options, payload]);
}

/** From 2001:db8::1 to 2001:db8::2 unless told otherwise (32 hex digits each). */
export function ipv6(nextHeader: number, payload: Buffer, src = '', dst = '', payloadLen = payload.length): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(payloadLen, 4);
  header[6] = nextHeader;
  header[7] = 64;
  const from = hex(src || '20010db8000000000000000000000001');
  const to = hex(dst || '20010db8000000000000000000000002');
  return Buffer.concat([header, from, to, payload]);
}

export function tcp(srcPort: number, dstPort: number, payload: Buffer, options: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(srcPort, 0);
  header.writeUInt16BE(dstPort, 2);
  header.writeUInt32BE(0x80000001, 4);
  header.writeUInt32BE(0x00000002, 8);
  header[12] = ((20 + options.length) / 4) << 4;
  header[13] = 0x18;
  return Buffer.concat([header, options, payload]);
}

export function udp(srcPort: number, dstPort: number, payload: Buffer, length = 8 + payload.length): Buffer {
  return Buffer.concat([u16be(srcPort, dstPort, length, 0), payload]);
}

/** What every innermost packet of these tests is: recognisable wherever it is found. */
export const INNER = ipv4(6, tcp(40_000, 443, Buffer.from('inner')), { src: '192.0.2.1', dst: '192.0.2.2' });
export const INNER_V6 = ipv6(17, udp(40_000, 443, Buffer.from('inner')));

export function newView(): PacketView {
  return new PacketView(Buffer.alloc(0), new FragmentTable());
}

/** Decodes one frame, placed in the middle of a larger buffer so that a read beyond its ends would be noticed. */
export function decode(
  frame: Buffer,
  linkType = ETHERNET,
  view = newView(),
  wireLen = frame.length,
  tsMicros = 0,
): PacketView {
  const around = Buffer.concat([Buffer.alloc(7, 0x45), frame, Buffer.alloc(64, 0x45)]);
  view.reset(around, 7, 7 + frame.length, wireLen, tsMicros);
  decodeFrame(view, linkType);
  return view;
}

export function payloadText(view: PacketView): string {
  return view.buf.toString('latin1', view.payloadStart, view.payloadEnd);
}

/** "10.0.0.1:80 > 10.0.0.2:1234 6", the addresses of IPv6 in brackets. */
export function tuple(view: PacketView): string {
  const len = view.ipVersion === 4 ? 4 : 16;
  const print = (at: number) => printAddress(view.buf.subarray(at, at + len));
  return `${print(view.srcAddrStart)}:${view.srcPort} > ${print(view.dstAddrStart)}:${view.dstPort} ${view.ipProto}`;
}
