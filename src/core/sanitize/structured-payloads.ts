import { u16 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { CollectedPacket, ConnectionPackets } from './connection-packets.js';
import { beginsBencode, rewriteBencode } from './payloads/bencode.js';
import { beginsBerMessages, rewriteBerMessages } from './payloads/ber.js';
import { beginsDceRpc, rewriteDceRpc } from './payloads/dce-rpc.js';
import { beginsDhcp, rewriteDhcp } from './payloads/dhcp.js';
import { beginsDhcpv6, rewriteDhcpv6 } from './payloads/dhcpv6.js';
import { rewriteDns } from './payloads/dns.js';
import { beginsDtls, rewriteDtls } from './payloads/dtls.js';
import { beginsGoogleQuic, rewriteGooglePacket } from './payloads/google-quic.js';
import { beginsHttp, rewriteHttp } from './payloads/http.js';
import { beginsQuic, type RewrittenDatagram, rewriteQuic } from './payloads/quic.js';
import { beginsStun, rewriteStun } from './payloads/stun.js';
import { beginsTls, rewriteTls } from './payloads/tls.js';
import type { Replacements } from './replacements.js';
import { StreamBytes } from './stream-bytes.js';

/** Ports whose datagrams are messages of DNS or NetBIOS name service. */
const DNS_PORTS: ReadonlySet<number> = new Set([53, 137, 5353, 5355]);
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68]);
const DHCPV6_PORTS: ReadonlySet<number> = new Set([546, 547]);
/** A hello behind the words that lead to it (STARTTLS, CONNECT, a proxy's header) begins before this. */
const MAX_LEAD_LEN = 4096;

/** By packet of the connection: what its payload becomes, trailing zeros left out; null for nothing. */
export type Payloads = (Buffer | null)[];

/**
 * The payloads of a connection whose protocol is one of those that are rewritten field by field; null for another one.
 */
export function structuredPayloads(connection: ConnectionPackets, maps: Replacements): Payloads | null {
  if (connection.protocol === TCP) return streamPayloads(connection, maps);
  return connection.protocol === UDP ? datagramPayloads(connection, maps) : null;
}

/** One datagram by itself: DNS and DHCP need no others to be read. Null for another protocol. */
export function loneDatagram(payload: Buffer, connection: ConnectionPackets, maps: Replacements): Buffer | null {
  const out = Buffer.alloc(payload.length);
  if (connection.hasPort(DNS_PORTS)) return rewriteDns(payload, out, 0, payload.length, maps) ? out : null;
  if (!connection.hasPort(DHCP_PORTS) || !beginsDhcp(payload)) return null;
  rewriteDhcp(payload, out, maps);
  return out;
}

function datagramPayloads(connection: ConnectionPackets, maps: Replacements): Payloads | null {
  const { packets } = connection;
  const datagrams = packets.map(({ payload }) => ({ input: payload, out: Buffer.alloc(payload.length) }));
  const first = packets.find(({ payload }) => payload.length > 0)?.payload;
  if (first === undefined) return null;
  if (beginsQuic(first)) rewriteQuic(datagrams, maps);
  else if (beginsGoogleQuic(first)) for (const { input, out } of datagrams) rewriteGooglePacket(input, out, maps);
  else if (beginsDtls(first, 0)) for (const { input, out } of datagrams) rewriteDtls(input, out, maps);
  else if (beginsStun(first)) {
    for (const { input, out } of datagrams) {
      if (beginsStun(input)) rewriteStun(input, out, maps);
      else if (beginsDtls(input, 0)) rewriteDtls(input, out, maps);
    }
  } else if (packets.some(({ payload }) => payload.length > 0 && loneDatagram(payload, connection, maps) === null)) {
    if (!rewriteOthers(first, datagrams, connection, maps)) return null;
  } else return packets.map(({ payload }) => loneDatagram(payload, connection, maps));
  return datagrams.map(({ out }) => trimmed(out));
}

/** False where the first payload is of no protocol that is rewritten field by field. */
function rewriteOthers(
  first: Buffer,
  datagrams: readonly RewrittenDatagram[],
  connection: ConnectionPackets,
  maps: Replacements,
): boolean {
  let rewrite: (input: Buffer, out: Buffer) => void;
  if (beginsHttp(first, 0)) rewrite = (input, out) => rewriteHttp(input, out, 0, maps);
  else if (connection.hasPort(DHCPV6_PORTS) && beginsDhcpv6(first)) rewrite = rewriteDhcpv6;
  else if (beginsBencode(first)) rewrite = rewriteBencode;
  else if (beginsBerMessages(first)) rewrite = (input, out) => rewriteBerMessages(input, out, maps);
  else return false;
  for (const { input, out } of datagrams) rewrite(input, out);
  return true;
}

function streamPayloads(connection: ConnectionPackets, maps: Replacements): Payloads | null {
  const { packets } = connection;
  const streams = [false, true].map((fromB) => new StreamBytes(packets.filter((one) => one.fromB === fromB)));
  const outs = streams.map(({ bytes }) => rewriteStream(bytes, connection, maps));
  if (outs.every((out) => out === null)) return null;
  return packets.map((packet) => {
    const side = packet.fromB ? 1 : 0;
    const out = outs[side];
    return out == null ? null : streams[side]!.payloadOf(packet, out);
  });
}

/** Null for bytes of no protocol that is rewritten field by field. */
function rewriteStream(bytes: Buffer, connection: ConnectionPackets, maps: Replacements): Buffer | null {
  const out = Buffer.alloc(bytes.length);
  if (bytes.length === 0) return null;
  if (beginsTls(bytes, 0)) rewriteTls(bytes, out, 0, bytes.length, maps);
  else if (beginsHttp(bytes, 0)) {
    const hello = helloAt(bytes);
    rewriteHttp(hello < 0 ? bytes : bytes.subarray(0, hello), out, 0, maps);
    if (hello >= 0) rewriteTls(bytes, out, hello, bytes.length, maps);
  } else if (beginsBerMessages(bytes)) rewriteBerMessages(bytes, out, maps);
  else if (beginsDceRpc(bytes, 0)) rewriteDceRpc(bytes, out);
  else if (!connection.hasPort(DNS_PORTS) || !rewriteDnsStream(bytes, out, maps)) return null;
  return out;
}

/** TLS behind words of another protocol: what its bytes become, and which bytes of each packet those are. */
export interface LateTls {
  readonly payloads: Payloads;
  readonly isTls: (Uint8Array | null)[];
}

/** Finds TLS that begins within a TCP connection (STARTTLS, proxies) and rewrites it; null where there is none. */
export function lateTls(connection: ConnectionPackets, maps: Replacements): LateTls | null {
  if (connection.protocol !== TCP) return null;
  const { packets } = connection;
  const streams = [false, true].map((fromB) => new StreamBytes(packets.filter((one) => one.fromB === fromB)));
  const begins = streams.map(({ bytes }) => helloAt(bytes));
  if (Math.max(...begins) < 0) return null;
  const outs = streams.map(({ bytes }, side) => {
    const out = Buffer.alloc(bytes.length);
    if (begins[side]! >= 0) rewriteTls(bytes, out, begins[side]!, bytes.length, maps);
    return out;
  });
  const isTls = packets.map((packet) => {
    const side = packet.fromB ? 1 : 0;
    const lead = begins[side]! < 0 ? Number.POSITIVE_INFINITY : begins[side]! - streams[side]!.offsetOf(packet);
    return lead >= packet.payload.length ? null : new Uint8Array(packet.payload.length).fill(1, Math.max(0, lead));
  });
  return { payloads: packets.map((packet) => payloadIn(streams, outs, packet)), isTls };
}

function payloadIn(streams: readonly StreamBytes[], outs: readonly Buffer[], packet: CollectedPacket): Buffer | null {
  const side = packet.fromB ? 1 : 0;
  return streams[side]!.payloadOf(packet, outs[side]!);
}

function helloAt(bytes: Buffer): number {
  for (let at = 1; at < Math.min(bytes.length, MAX_LEAD_LEN); at++) if (beginsTls(bytes, at)) return at;
  return -1;
}

/** Each message behind its length (RFC 1035 §4.2.2). */
function rewriteDnsStream(bytes: Buffer, out: Buffer, maps: Replacements): boolean {
  let at = 0;
  for (; at + 2 < bytes.length; at += 2 + u16(bytes, at)) {
    const end = at + 2 + u16(bytes, at);
    bytes.copy(out, at, at, at + 2);
    if (end > bytes.length || !rewriteDns(bytes, out, at + 2, end, maps)) return at > 0;
  }
  return at > 0;
}

function trimmed(out: Buffer): Buffer | null {
  let end = out.length;
  while (end > 0 && out[end - 1] === 0) end--;
  return end === 0 ? null : out.subarray(0, end);
}
