import type { Replacements } from '../replacements.js';
import { KEPT_FIELDS, KNOWN_FIELDS, knownWords, METHODS, masked } from './http-words.js';

/** Requests and responses of HTTP/1 (RFC 9112); RTSP, SIP and SSDP look alike. */
const START = /^(?:([A-Za-z][A-Za-z-]{1,23}) +(\S.*?)( +[A-Z]+\/\d\.\d)?|([A-Z]+\/\d\.\d +\d{3})(?: (.*))?)\r?$/;
const HOST_FIELDS = new Set(['host', ':authority']);
const MAX_LINE_LEN = 16_384;

/** True when an HTTP message begins at `at`. */
export function beginsHttp(buf: Buffer, at: number): boolean {
  const line = lineAt(buf, at);
  return (
    line !== null &&
    /^(?:[A-Z][A-Z-]{2,23} \S+ (?:HTTP|RTSP|SIP)\/\d\.\d|(?:HTTP|RTSP|SIP)\/\d\.\d \d{3}).*\r?$/.test(line)
  );
}

/**
 * Rewrites the messages that `input` holds from `start` on to the same place of `out`: methods, codes and names of
 * fields stay, hosts are replaced, letters and digits of all else become `x` and `0`. Bodies become zeros.
 */
export function rewriteHttp(input: Buffer, out: Buffer, start: number, maps: Replacements): void {
  let at = start;
  while (at < input.length) {
    if (!beginsHttp(input, at)) {
      // The next message on the connection, behind a body.
      at = nextMessage(input, at);
      if (at < 0) return;
    }
    at = rewriteHead(input, out, at, maps);
  }
}

function nextMessage(input: Buffer, from: number): number {
  for (let at = from; at >= 0 && at < input.length; ) {
    if (beginsHttp(input, at)) return at;
    const newline = input.indexOf(0x0a, at);
    if (newline < 0) return -1;
    at = newline + 1;
  }
  return -1;
}

/** Returns the offset behind the head's empty line, or behind what there is of it. */
function rewriteHead(input: Buffer, out: Buffer, start: number, maps: Replacements): number {
  let at = start;
  for (let isFirst = true; at < input.length; isFirst = false) {
    const newline = input.indexOf(0x0a, at);
    const end = newline < 0 || newline - at > MAX_LINE_LEN ? input.length : newline;
    const line = input.toString('latin1', at, end);
    out.write(isFirst ? startLine(line, maps) : fieldLine(line, maps), at, 'latin1');
    if (newline < 0 || end !== newline) return input.length;
    out[newline] = 0x0a;
    at = newline + 1;
    if (!isFirst && (line === '' || line === '\r')) return at;
  }
  return at;
}

function startLine(line: string, maps: Replacements): string {
  const match = START.exec(line);
  if (match === null) return masked(line);
  const end = line.endsWith('\r') ? '\r' : '';
  if (match[4] !== undefined) {
    const reason = match[5] === undefined ? '' : ` ${masked(match[5])}`;
    return `${match[4]}${reason}${end}`;
  }
  const targetAt = line.indexOf(match[2]!, match[1]!.length);
  const version = match[3] ?? '';
  const method = METHODS.has(match[1]!.toLowerCase()) ? line.slice(0, targetAt) : masked(line.slice(0, targetAt));
  return `${method}${target(match[1]!, match[2]!, maps)}${version}${end}`;
}

/** Origin form, absolute form, or host and port (RFC 9112 §3.2). */
function target(method: string, text: string, maps: Replacements): string {
  const absolute = /^([a-z][a-z0-9+.-]*:\/\/)((?:[^/?#@]*@)?)(\[[^\]]*\]|[^/:?#]*)(.*)$/i.exec(text);
  if (absolute !== null)
    return `${absolute[1]}${masked(absolute[2]!)}${maps.names.host(absolute[3]!)}${masked(absolute[4]!)}`;
  const authority = /^([^/:]+)(:\d+)$/.exec(text);
  if (method === 'CONNECT' && authority !== null) return `${maps.names.host(authority[1]!)}${authority[2]}`;
  return text === '*' ? text : masked(text);
}

function fieldLine(line: string, maps: Replacements): string {
  const colon = line.indexOf(':', 1);
  if (colon < 0) return masked(line);
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1);
  const lower = name.trim().toLowerCase();
  const keptName = KNOWN_FIELDS.has(lower) ? name : masked(name);
  if (KEPT_FIELDS.has(lower)) return `${keptName}:${knownWords(value)}`;
  if (!HOST_FIELDS.has(lower)) return `${keptName}:${masked(value)}`;
  const parts = /^(\s*)(\[[^\]]*\]|[^:\s]*)(.*)$/s.exec(value)!;
  const port = /^:\d+\s*$/.test(parts[3]!) || parts[3]!.trim() === '' ? parts[3]! : masked(parts[3]!);
  return `${name}:${parts[1]}${maps.names.host(parts[2]!)}${port}`;
}

function lineAt(buf: Buffer, at: number): string | null {
  const first = buf[at];
  if (first === undefined || first < 0x41 || first > 0x5a) return null;
  const newline = buf.subarray(at, at + MAX_LINE_LEN).indexOf(0x0a);
  return newline < 0 ? null : buf.toString('latin1', at, at + newline);
}
