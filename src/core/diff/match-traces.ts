import type { JoinTrace, SideTrace } from './join-recorder.js';

/** A connection at both points. */
export interface JoinedPair {
  readonly a: JoinTrace;
  readonly b: JoinTrace;
}

export interface Matched {
  readonly pairs: readonly JoinedPair[];
  readonly onlyA: readonly JoinTrace[];
  readonly onlyB: readonly JoinTrace[];
}

/** Connections that began further apart, clocks compared, are not the same. */
const MAX_APART_SECONDS = 5;
/** Of connections that look alike, those that are looked at on either side of the time. */
const MAX_LOOKED_AT = 256;

/**
 * Finds the connections of A in B: by both sequence numbers of their opening, then by ends, then, for NAT, by the
 * client's sequence number, or one end and the lengths of the first payloads. Each finds one at most, the nearest in
 * time. `offsetOf` tells by how many seconds B's clock is ahead, from the pairs that are certain.
 */
export function matchTraces(
  a: readonly JoinTrace[],
  b: readonly JoinTrace[],
  offsetOf: (pairs: readonly JoinedPair[]) => number,
): Matched {
  const pairs: JoinedPair[] = [];
  const leftA = new Set([...a].sort(byTime));
  const leftB = new Set([...b].sort(byTime));
  const join = (keysOf: (trace: JoinTrace) => string[], offset: number, mostApart: number) => {
    const byKey = new Map<string, JoinTrace[]>();
    for (const trace of leftB) {
      for (const key of keysOf(trace)) {
        const list = byKey.get(key);
        if (list === undefined) byKey.set(key, [trace]);
        else list.push(trace);
      }
    }
    for (const trace of leftA) {
      let nearest: JoinTrace | null = null;
      let least = mostApart;
      for (const key of keysOf(trace)) {
        for (const one of around(byKey.get(key) ?? [], startOf(trace) + offset, leftB)) {
          const apart = Math.abs(startOf(one) - offset - startOf(trace));
          if (apart > least) continue;
          least = apart;
          nearest = one;
        }
      }
      if (nearest === null) continue;
      pairs.push({ a: trace, b: nearest });
      leftA.delete(trace);
      leftB.delete(nearest);
    }
  };
  // Two numbers of 32 bits: clocks do not have to agree.
  join(openingKeys, 0, Number.POSITIVE_INFINITY);
  const offset = offsetOf(pairs);
  join(endKeys, offset, MAX_APART_SECONDS);
  join(clientKeys, offset, MAX_APART_SECONDS);
  join(lengthKeys, offset, MAX_APART_SECONDS);
  return { pairs, onlyA: [...leftA], onlyB: [...leftB] };
}

function openingKeys({ client, server }: JoinTrace): string[] {
  return client.isn === null || server.isn === null ? [] : [`${client.isn} ${server.isn}`];
}

function endKeys({ record }: JoinTrace): string[] {
  const { protocol, src_ip, src_port, dst_ip, dst_port } = record!;
  return [`${protocol} ${src_ip} ${src_port} ${dst_ip} ${dst_port}`];
}

/** A SYN without an answer, or where a proxy answers with a number of its own. */
function clientKeys({ client }: JoinTrace): string[] {
  return client.isn === null ? [] : [`${client.isn}`];
}

/** One end is the same, and so are the first payloads. */
function lengthKeys({ record, client, server }: JoinTrace): string[] {
  const { protocol, src_ip, src_port, dst_ip, dst_port } = record!;
  if (client.lengths.length === 0 || client.isn !== null) return [];
  const lengths = `${client.lengths.join()}/${server.lengths.join()}`;
  return [`${protocol} to ${dst_ip} ${dst_port} ${lengths}`, `${protocol} from ${src_ip} ${src_port} ${lengths}`];
}

/** The next one before and behind a time that is still in `left`, of a list in the order of time. */
function around(list: readonly JoinTrace[], seconds: number, left: ReadonlySet<JoinTrace>): JoinTrace[] {
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (startOf(list[middle]!) < seconds) low = middle + 1;
    else high = middle;
  }
  const found: JoinTrace[] = [];
  const until = (step: number, from: number) => {
    for (let at = from, seen = 0; at >= 0 && at < list.length && seen < MAX_LOOKED_AT; at += step, seen++) {
      if (!left.has(list[at]!)) continue;
      found.push(list[at]!);
      return;
    }
  };
  until(1, low);
  until(-1, low - 1);
  return found;
}

function startOf({ record }: JoinTrace): number {
  return record!.first_seen;
}

function byTime(x: JoinTrace, y: JoinTrace): number {
  return startOf(x) - startOf(y) || x.record!.id - y.record!.id;
}

/** Time from A to B of the segments that both have, in microseconds, sorted. */
export function deltasOf(a: SideTrace, b: SideTrace): number[] {
  const deltas: number[] = [];
  for (const [offset, micros] of a.times) {
    const there = b.times.get(offset);
    if (there !== undefined) deltas.push(there - micros);
  }
  return deltas.sort((x, y) => x - y);
}

/** Of sorted numbers; null for none. */
export function medianOf(sorted: readonly number[]): number | null {
  return sorted.length === 0 ? null : sorted[sorted.length >> 1]!;
}
