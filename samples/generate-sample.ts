import type { ForgedPacket } from '../test/forge/packet.js';
import { type PcapOptions, pcapFile } from '../test/forge/pcap.js';
import type { Endpoint } from '../test/forge/transport.js';

/** A capture to write under samples/generated/. */
export interface Sample {
  name: string;
  bytes: Buffer;
}

export const CLIENT = '192.0.2.10';
export const CLIENT_V6 = '2001:db8:c::10';
export const SERVER_V6 = '2001:db8:5::1';

export function client(port: number): Endpoint {
  return { address: CLIENT, port };
}

export function server(lastByte: number, port = 443): Endpoint {
  return { address: `203.0.113.${lastByte}`, port };
}

export function pcapSample(name: string, packets: readonly ForgedPacket[], options: PcapOptions = {}): Sample {
  return { name: `${name}.pcap`, bytes: pcapFile(packets, options) };
}
