import type { CaptureFormat } from './format.js';
import { NETMON } from './netmon-format.js';
import { PCAP } from './pcap-format.js';
import { PCAPNG } from './pcapng-format.js';
import { SNOOP } from './snoop-format.js';

/** The capture formats that can be read, in the order in which they are tried. */
const CAPTURE_FORMATS: readonly CaptureFormat[] = [PCAP, PCAPNG, SNOOP, NETMON];

/** The format that `buf[start, end)` begins with, null for none; fewer than 4 bytes are never enough. */
export function sniffFormat(buf: Buffer, start: number, end: number): CaptureFormat | null {
  return CAPTURE_FORMATS.find((format) => format.sniff(buf, start, end)) ?? null;
}
