import { FORGE_EPOCH_MICROS } from '../test/forge/packet.js';
import type { Prng } from '../test/forge/prng.js';
import type { CaptureStream } from './capture-stream.js';
import { advance, type Connection } from './connection.js';

/**
 * Interleaves connections in time: a new one starts every `arrivalMicros` on average, each goes on at its own pace. The
 * live ones wait in a binary heap, so memory follows how many are open at once, not how many there are.
 */
export function interleave(
  out: CaptureStream,
  random: Prng,
  count: number,
  arrivalMicros: number,
  make: (index: number) => Connection,
): void {
  const heap = new TimeHeap();
  let arrival = FORGE_EPOCH_MICROS;
  for (let started = 0; started < count || heap.size > 0; ) {
    if (started < count && (heap.size === 0 || arrival <= heap.firstTime)) {
      heap.push(arrival, make(started++));
      arrival += random.int(2 * arrivalMicros + 1);
      continue;
    }
    const time = heap.firstTime;
    const of = heap.pop();
    // Half of the mean at least, so that a reply comes after what it replies to.
    if (advance(out, time, of)) heap.push(time + (of.gapMicros >> 1) + random.int(of.gapMicros), of);
  }
}

class TimeHeap {
  private readonly times: number[] = [];
  private readonly connections: Connection[] = [];

  get size(): number {
    return this.times.length;
  }

  get firstTime(): number {
    return this.times[0]!;
  }

  push(time: number, of: Connection): void {
    const { times, connections } = this;
    let at = times.length;
    times.push(time);
    connections.push(of);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      connections[at] = connections[parent]!;
      at = parent;
    }
    times[at] = time;
    connections[at] = of;
  }

  pop(): Connection {
    const { times, connections } = this;
    const first = connections[0]!;
    const time = times.pop()!;
    const of = connections.pop()!;
    const size = times.length;
    if (size === 0) return first;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[at] = times[child]!;
      connections[at] = connections[child]!;
      at = child;
    }
    times[at] = time;
    connections[at] = of;
    return first;
  }
}
