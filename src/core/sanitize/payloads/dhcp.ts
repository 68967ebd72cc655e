import type { Replacements } from '../replacements.js';

/** DHCP (RFC 2131 §2): fixed fields, then the magic cookie and options (RFC 2132). */
const CLIENT_ADDRESS = 12;
const ADDRESS_COUNT = 4;
const HARDWARE_ADDRESS = 28;
const SERVER_NAME = 44;
const COOKIE = 236;
const COOKIE_VALUE = 0x63825363;
const OPTIONS = 240;
const PAD = 0;
const END = 255;
/** Options that are lists of addresses: routers, servers, requested address, server id, ... */
const ADDRESS_OPTIONS = new Set([3, 4, 5, 6, 7, 8, 9, 11, 16, 28, 41, 42, 44, 45, 50, 54]);
/** Masks, times, flags, types, lists of options. */
const KEPT_OPTIONS = new Set([1, 2, 19, 20, 23, 26, 27, 31, 35, 37, 46, 51, 52, 53, 55, 57, 58, 59, 116]);
const HOST_NAME = 12;
const DOMAIN_NAME = 15;
const CLIENT_ID = 61;
const CLIENT_FQDN = 81;
const MAC_LEN = 6;

/** True when `input` is a DHCP message with its cookie. */
export function beginsDhcp(input: Buffer): boolean {
  return input.length > OPTIONS && input.readUInt32BE(COOKIE) === COOKIE_VALUE && (input[0] === 1 || input[0] === 2);
}

/** Rewrites the DHCP message `input` to `out`, which holds zeros. */
export function rewriteDhcp(input: Buffer, out: Buffer, maps: Replacements): void {
  input.copy(out, 0, 0, CLIENT_ADDRESS);
  for (let i = 0; i < ADDRESS_COUNT; i++) addressAt(input, out, CLIENT_ADDRESS + 4 * i, maps);
  if (input[1] === 1 && input[2] === MAC_LEN) {
    maps.macs.of(input.subarray(HARDWARE_ADDRESS, HARDWARE_ADDRESS + MAC_LEN)).copy(out, HARDWARE_ADDRESS);
  }
  // Server name and boot file (44 to 236) stay zeros, which is what most messages have.
  out.fill(0, SERVER_NAME, COOKIE);
  input.copy(out, COOKIE, COOKIE, OPTIONS);
  for (let at = OPTIONS; at < input.length; ) {
    const code = input[at]!;
    out[at] = code;
    if (code === END) return;
    if (code === PAD) {
      at++;
      continue;
    }
    if (at + 1 >= input.length) return;
    out[at + 1] = input[at + 1]!;
    const end = Math.min(input.length, at + 2 + input[at + 1]!);
    rewriteOption(input, out, code, [at + 2, end], maps);
    at = Math.max(end, at + 2);
  }
}

function rewriteOption(
  input: Buffer,
  out: Buffer,
  code: number,
  [start, end]: readonly [number, number],
  maps: Replacements,
): void {
  const { names, macs } = maps;
  const text = (from: number): string => input.toString('latin1', from, end);
  if (ADDRESS_OPTIONS.has(code)) for (let at = start; at + 4 <= end; at += 4) addressAt(input, out, at, maps);
  else if (KEPT_OPTIONS.has(code)) input.copy(out, start, start, end);
  else if (code === HOST_NAME || code === DOMAIN_NAME) out.write(names.host(text(start)), start, 'latin1');
  else if (code === CLIENT_FQDN && end - start >= 3) {
    input.copy(out, start, start, start + 3);
    // Bit E: labels as in DNS (RFC 4702 §2.1).
    if ((input[start]! & 4) !== 0) rewriteLabels(input, out, start + 3, end, maps);
    else out.write(names.host(text(start + 3)), start + 3, 'latin1');
  } else if (code === CLIENT_ID && end - start === MAC_LEN + 1 && input[start] === 1) {
    out[start] = 1;
    macs.of(input.subarray(start + 1, end)).copy(out, start + 1);
  } else if (code === CLIENT_ID && end > start) out[start] = input[start]!;
}

function rewriteLabels(input: Buffer, out: Buffer, start: number, end: number, { names }: Replacements): void {
  const labels: string[] = [];
  const places: number[] = [];
  for (let at = start; at < end && input[at] !== 0; at += 1 + input[at]!) {
    out[at] = input[at]!;
    labels.push(input.toString('latin1', at + 1, Math.min(end, at + 1 + input[at]!)));
    places.push(at + 1);
  }
  const replaced = names.host(labels.join('.')).split('.');
  for (const [i, place] of places.entries()) out.write(replaced[i] ?? '', place, 'latin1');
}

function addressAt(input: Buffer, out: Buffer, at: number, { addresses }: Replacements): void {
  addresses.of(input.subarray(at, at + 4)).copy(out, at);
}
