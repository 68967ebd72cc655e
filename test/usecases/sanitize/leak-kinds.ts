import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sanitizeCapture } from '../../../src/usecases/sanitize/sanitize.js';
import { be8, be16, hex } from '../../forge/fields.js';
import { ipPacket } from '../../forge/ip.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { tcpPacket, udpPacket } from '../../forge/transport.js';
import { type Secrets, secretsIn } from './secrets.js';

/** The host whose traces are looked for: its addresses, its EUI-64 address, its name and user. */
export const MAC = '00:1b:21:5e:c7:e7';
export const MAC_BYTES = hex('001b215ec7e7');
const OTHER_MAC = '00:50:56:9a:bc:3d';
export const V4 = '203.0.113.77';
export const SERVER = '198.51.100.23';
export const V6 = '2a02:26f0:7713:5678:21b:21ff:fe5e:c7e7';
export const V6_SERVER = '2a01:4f8:1717:9abc::77e3';
export const NAME = 'geheimnis.example-werk.org';
export const USER = 'alice.wunderlich';
export const WHO: Secrets = {
  macs: [MAC, OTHER_MAC],
  addresses: [V4, SERVER, V6, V6_SERVER],
  texts: ['geheimnis', 'example-werk', 'wunderlich', 'alice'],
};

export const ends = { address: V4, port: 50_123 };
export const INNER = tcpPacket(ends, { address: SERVER, port: 443 }, { seq: 1, flags: 2 });
export const INNER_V6 = tcpPacket(
  { address: V6, port: 50_123 },
  { address: V6_SERVER, port: 443 },
  { seq: 1, flags: 2 },
);
export const macs = Buffer.concat([hex('0050569abc3d'), MAC_BYTES]);
export const frame = (etherType: number, ...parts: Buffer[]) => Buffer.concat([macs, be16(etherType), ...parts]);
export const ip = (payload: Buffer) => frame(payload[0]! >> 4 === 6 ? 0x86dd : 0x0800, payload);
export const v4 = (proto: number, ...parts: Buffer[]) => ip(ipPacket(V4, SERVER, proto, Buffer.concat(parts)));
export const v6 = (next: number, ...parts: Buffer[]) => ip(ipPacket(V6, V6_SERVER, next, Buffer.concat(parts)));
export const udp = (port: number, ...parts: Buffer[]) =>
  ip(udpPacket(ends, { address: SERVER, port }, Buffer.concat(parts)));
export const udpBoth = (port: number, ...parts: Buffer[]) =>
  ip(udpPacket({ ...ends, port }, { address: SERVER, port }, Buffer.concat(parts)));
export const text = (value: string) => Buffer.from(value, 'latin1');
export const tlv = (type: number, value: Buffer) => Buffer.concat([be8(type), be8(value.length), value]);
const SNAP = hex('aaaa03000000');
export const llc = (payload: Buffer) => Buffer.concat([SNAP, be16(payload[0]! >> 4 === 6 ? 0x86dd : 0x0800), payload]);
/** 802.11 data to an access point; `control` is the frame control as it stands in the frame. */
export const wlan = (control: string, ...parts: Buffer[]) =>
  Buffer.concat([hex(control), hex('2c00'), macs, hex('001b215ec7e7'), hex('1000'), ...parts]);
export const TIME = hex('6a5d7c9b');

export interface Kind {
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly linkType?: number;
  readonly bytes?: readonly Buffer[];
}

/** One test for each kind: the capture holds secrets, its copy none. */
export function leakTests(kinds: readonly Kind[]): void {
  it.each(kinds)('$name', async ({ frames, linkType, bytes }) => {
    const capture = pcapFile(asPackets(frames), linkType === undefined ? {} : { linkType });
    expect(secretsIn(capture, { ...WHO, bytes })).not.toEqual([]);
    expect(secretsIn(await sanitizedCopy(capture), { ...WHO, bytes })).toEqual([]);
  });
}

/** The sanitized copy of a capture; its proof holds, without anything that the search had to find. */
export async function sanitizedCopy(bytes: Buffer, name = 'in.pcap'): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-sanitize-leaks-'));
  try {
    const [input, output] = [join(folder, name), join(folder, `out-${name}`)];
    writeFileSync(input, bytes);
    const { report } = await sanitizeCapture(input, output, { secret: 'the secret of this test' });
    expect(report.proof).toMatchObject({ differences: [], leaks: [] });
    expect(report.scrubbed_places).toBe(0);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function asPackets(frames: readonly Buffer[]): ForgedPacket[] {
  return frames.map((data, i) => ({ data, timeMicros: FORGE_EPOCH_MICROS + i * 1000 }));
}
