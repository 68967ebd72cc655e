import type { ConnectionRecord } from '../core/report/model.js';
import { jsonString } from './safe-text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PLAIN = 0x20;
const LAST_PLAIN = 0x7e;
const ZEROS = '000000';

/**
 * A connection as one line of JSON, the keys in the order of `ConnectionRecord`. By hand, since a report may hold a
 * million of them: only strings that need escapes go through `JSON.stringify`.
 */
export function connectionJson(c: ConnectionRecord): string {
  return `{${connectionMembersJson(c)}}`;
}

/** The inside of the braces of `connectionJson`. Addresses and the model's own words need no escapes. */
export function connectionMembersJson(c: ConnectionRecord): string {
  return (
    `"id":${c.id},"protocol":"${c.protocol}"` +
    `,"src_ip":"${c.src_ip}","src_port":${c.src_port},"dst_ip":"${c.dst_ip}","dst_port":${c.dst_port}` +
    `,"packets":${c.packets},"bytes":${c.bytes},"packets_out":${c.packets_out},"packets_in":${c.packets_in}` +
    `,"bytes_out":${c.bytes_out},"bytes_in":${c.bytes_in},"first_seen":${secondsText(c.first_seen)},"last_seen":${secondsText(c.last_seen)}` +
    `,"tcp_state":${word(c.tcp_state)},"app_protocol":${nullable(c.app_protocol)}` +
    `,"domain":${nullable(c.domain)},"domains":${list(c.domains)}` +
    `,"app":${quoted(c.app)},"detected_by":${word(c.detected_by)},"confidence":${word(c.confidence)}` +
    `,"evidence_packet":${c.evidence_packet},"evidence_match":${nullable(c.evidence_match)}` +
    `,"unknown_reason":${word(c.unknown_reason)},"ech":${c.ech}` +
    `,"blocked":${c.blocked},"blocked_by":${nullable(c.blocked_by)}`
  );
}

function word(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}

/** As `String(seconds)`, but at half the price for a number of microseconds. */
function secondsText(seconds: number): string {
  const whole = Math.floor(seconds);
  const micros = Math.round((seconds - whole) * 1e6);
  if (micros === 0 || micros === 1e6 || whole < 1e8 || whole > 1e10 || (whole * 1e6 + micros) / 1e6 !== seconds) {
    return String(seconds);
  }
  let digits = micros;
  let places = 6;
  while (digits % 10 === 0) {
    digits /= 10;
    places--;
  }
  return `${whole}.${ZEROS.slice(0, places - digitCount(digits))}${digits}`;
}

function digitCount(n: number): number {
  if (n < 1000) return n < 10 ? 1 : n < 100 ? 2 : 3;
  return n < 10_000 ? 4 : n < 100_000 ? 5 : 6;
}

function nullable(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

function list(texts: readonly string[]): string {
  if (texts.length === 0) return '[]';
  let json = `[${quoted(texts[0])}`;
  for (let i = 1; i < texts.length; i++) json += `,${quoted(texts[i])}`;
  return `${json}]`;
}

function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) return jsonString(text);
  }
  return `"${text}"`;
}
