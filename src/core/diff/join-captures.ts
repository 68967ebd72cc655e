import type { ConnectionRecord } from '../report/model.js';
import { JOIN_KINDS, type JoinEnds, type JoinFinding, type JoinReport } from './join-model.js';
import type { JoinTrace, SideTrace } from './join-recorder.js';
import { deltasOf, type JoinedPair, matchTraces, medianOf } from './match-traces.js';

/** A connection is delayed where it takes this much longer than the median. */
const DELAYED_MICROS = 10_000;

type Joined = Pick<JoinReport, 'joined' | 'clock_offset_ms' | 'transit_ms' | 'findings'>;

/**
 * What happened to connections between two points of their path, where captures of the same period were made.
 * Connections that began outside of the common period are left out.
 */
export function joinCaptures(a: readonly JoinTrace[], b: readonly JoinTrace[]): Joined {
  const { pairs, onlyA, onlyB } = matchTraces(a, b, (sure) => (timing(sure)?.offset ?? 0) / 1e6);
  const times = timing(pairs);
  const offset = (times?.offset ?? 0) / 1e6;
  const findings: JoinFinding[] = [
    ...onlyA.filter(isWithin(b, offset)).map(({ record }) => only('only-a', record!)),
    ...onlyB.filter(isWithin(a, -offset)).map(({ record }) => only('only-b', record!)),
    ...pairs.flatMap((pair) => pairFindings(pair, times)),
  ];
  findings.sort((x, y) => JOIN_KINDS.indexOf(x.kind) - JOIN_KINDS.indexOf(y.kind) || idOf(x) - idOf(y));
  return {
    joined: pairs.length,
    clock_offset_ms: times === null ? null : round(times.offset),
    transit_ms: times === null ? null : round(Math.abs(times.transit)),
    findings,
  };
}

interface Timing {
  /** B's clock less A's, in microseconds. */
  readonly offset: number;
  /** From A to B as clients' packets go, in microseconds; negative where these pass B first. */
  readonly transit: number;
}

/** The two directions differ by twice the transit, if it is the same both ways. Null without packets of both. */
function timing(pairs: readonly JoinedPair[]): Timing | null {
  const forth = medianOf(pairs.flatMap(({ a, b }) => deltasOf(a.client, b.client)).sort((x, y) => x - y));
  const back = medianOf(pairs.flatMap(({ a, b }) => deltasOf(a.server, b.server)).sort((x, y) => x - y));
  if (forth === null || back === null) return null;
  return { offset: (forth + back) / 2, transit: (forth - back) / 2 };
}

function pairFindings(pair: JoinedPair, times: Timing | null): JoinFinding[] {
  const { a, b } = pair;
  const ends = { a: endsOf(a.record!), b: endsOf(b.record!) };
  const findings: JoinFinding[] = [];
  const add = (kind: JoinFinding['kind'], details: readonly string[]) => {
    if (details.length > 0) findings.push({ kind, ...ends, detail: details.join('; ') });
  };
  add('rewritten', rewritesOf(pair));
  add('reset', [...resetsOf(a.client, b.client, 'client'), ...resetsOf(a.server, b.server, 'server')]);
  add('lost', [...lossesOf(a.client, b.client, 'to the server'), ...lossesOf(a.server, b.server, 'to the client')]);
  if (times !== null) add('delayed', delaysOf(pair, times));
  return findings;
}

function rewritesOf({ a, b }: JoinedPair): string[] {
  const [x, y] = [a.record!, b.record!];
  const details: string[] = [];
  const change = (name: string, from: string, to: string) => {
    if (from !== to) details.push(`${name} → ${to}`);
  };
  change('source', endText(x.src_ip, x.src_port), endText(y.src_ip, y.src_port));
  change('destination', endText(x.dst_ip, x.dst_port), endText(y.dst_ip, y.dst_port));
  const isOther = (from: SideTrace, to: SideTrace) => from.isn !== null && to.isn !== null && from.isn !== to.isn;
  if (isOther(a.client, b.client)) details.push("the client's sequence numbers");
  if (isOther(a.server, b.server)) details.push("the server's sequence numbers");
  return details;
}

function resetsOf(a: SideTrace, b: SideTrace, sender: string): string[] {
  if (a.resets > 0 === b.resets > 0) return [];
  return [`reset by the ${sender} in ${a.resets > 0 ? 'A' : 'B'} only`];
}

/** Bytes of the stream that only one point has; of datagrams, how many more one has. */
function lossesOf(a: SideTrace, b: SideTrace, way: string): string[] {
  if (a.spans.length === 0 && b.spans.length === 0) {
    const more = a.lengths.length > 0 || b.lengths.length > 0 ? a.packets - b.packets : 0;
    if (more === 0 || a.isn !== null) return [];
    const count = Math.abs(more);
    return [`${count} ${count === 1 ? 'datagram' : 'datagrams'} ${way} missing in ${more > 0 ? 'B' : 'A'}`];
  }
  // Offsets of a stream whose opening one point missed have another base.
  if ((a.isn === null) !== (b.isn === null)) return [];
  const limit = Math.min(limitOf(a), limitOf(b));
  const [left, right] = [merged(a.spans, limit), merged(b.spans, limit)];
  const missing = (from: readonly number[], other: readonly number[], name: string) => {
    const bytes = lengthOf(from) - commonLength(from, other);
    return bytes > 0 ? [`${bytes} ${bytes === 1 ? 'byte' : 'bytes'} ${way} missing in ${name}`] : [];
  };
  return [...missing(left, right, 'B'), ...missing(right, left, 'A')];
}

function delaysOf({ a, b }: JoinedPair, { offset, transit }: Timing): string[] {
  const way = (from: SideTrace, to: SideTrace, name: string, usual: number) => {
    const delta = medianOf(deltasOf(from, to));
    if (delta === null) return [];
    const took = Math.abs(delta - offset);
    return took - Math.abs(usual) > DELAYED_MICROS
      ? [`${round(took)} ms ${name}, ${round(Math.abs(usual))} ms is usual`]
      : [];
  };
  return [...way(a.client, b.client, 'to the server', transit), ...way(a.server, b.server, 'to the client', -transit)];
}

/** Behind it, not all segments are known. */
function limitOf({ isCut, spans }: SideTrace): number {
  return isCut ? (spans.at(-1) ?? 0) : Number.POSITIVE_INFINITY;
}

/** Spans sorted, joined and cut at `limit`. */
function merged(spans: readonly number[], limit: number): number[] {
  const list: [number, number][] = [];
  for (let i = 0; i < spans.length; i += 2) list.push([spans[i]!, Math.min(spans[i + 1]!, limit)]);
  list.sort(([x], [y]) => x - y);
  const result: number[] = [];
  for (const [start, end] of list) {
    if (end <= start) continue;
    if (result.length > 0 && start <= result.at(-1)!) result[result.length - 1] = Math.max(result.at(-1)!, end);
    else result.push(start, end);
  }
  return result;
}

function lengthOf(spans: readonly number[]): number {
  let length = 0;
  for (let i = 0; i < spans.length; i += 2) length += spans[i + 1]! - spans[i]!;
  return length;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    length += Math.max(0, Math.min(a[i + 1]!, b[j + 1]!) - Math.max(a[i]!, b[j]!));
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return length;
}

/** Began while the other capture, whose clock is `offset` seconds ahead, ran. */
function isWithin(others: readonly JoinTrace[], offset: number): (trace: JoinTrace) => boolean {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { record } of others) {
    first = Math.min(first, record!.first_seen - offset);
    last = Math.max(last, record!.last_seen - offset);
  }
  return ({ record }) => record!.first_seen >= first - 1 && record!.first_seen <= last;
}

function only(kind: 'only-a' | 'only-b', record: ConnectionRecord): JoinFinding {
  const ends = endsOf(record);
  const detail = `in ${kind === 'only-a' ? 'A' : 'B'} only`;
  return { kind, a: kind === 'only-a' ? ends : null, b: kind === 'only-b' ? ends : null, detail };
}

function endsOf(record: ConnectionRecord): JoinEnds {
  const { id, protocol, src_ip, src_port, dst_ip, dst_port, domain, label, first_packet, last_packet } = record;
  return { id, protocol, src_ip, src_port, dst_ip, dst_port, domain, label, first_packet, last_packet };
}

function endText(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function idOf({ a, b }: JoinFinding): number {
  return (a ?? b)!.id;
}

/** Microseconds as milliseconds, to the microsecond. */
function round(micros: number): number {
  return Math.round(micros) / 1000;
}
