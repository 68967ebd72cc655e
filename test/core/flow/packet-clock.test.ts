import { describe, expect, it } from 'vitest';
import { PacketClock } from '../../../src/core/flow/packet-clock.js';

/** The clock in seconds after each stamp. */
function follow(seconds: readonly number[]): { times: number[]; clock: PacketClock } {
  const clock = new PacketClock();
  const stamps = Float64Array.from(seconds, (s) => s * 1e6);
  const nowMicros = new Float64Array(seconds.length);
  // Batches of one, two, three packets and so on.
  for (let from = 0, len = 1; from < stamps.length; from += len++) {
    const to = Math.min(from + len, stamps.length);
    clock.run(stamps.subarray(from), to - from, from + 1, nowMicros.subarray(from));
  }
  return { times: Array.from(nowMicros, (micros) => micros / 1e6), clock };
}

const busy = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i / 100);

describe('PacketClock', () => {
  it('follows small steps ahead, and stays where stamps step back a little', () => {
    expect(follow([10, 11, 10.5, 40, 39, 41]).times).toEqual([10, 11, 11, 40, 40, 41]);
  });

  it('follows long silences of a sparse capture at once', () => {
    expect(follow([0, 150, 300, 4000]).times).toEqual([0, 150, 300, 4000]);
    const keepalives = Array.from({ length: 50 }, (_, i) => i * 150);
    expect(follow(keepalives).times).toEqual(keepalives);
  });

  it.each([600, -600, 4e9, -1.7e9])('is not moved by stray packets %d s away', (by) => {
    const { times } = follow([...busy(1000, 50), 1000 + by, 1000.5, 1000.51 + by, 1000.52 + by, 1000.6]);
    expect(times.slice(50)).toEqual([1000.49, 1000.5, 1000.5, 1000.5, 1000.6]);
  });

  it('follows a jump once further packets confirm it, either way', () => {
    for (const to of [5000, 100]) {
      const { times } = follow([...busy(1000, 50), ...busy(to, 20)]);
      expect(times[52]).toBe(1000.49);
      expect(times.at(-1)).toBe(to + 0.19);
    }
  });

  it('is set right after a first packet that is stamped wrongly', () => {
    expect(follow([1600, ...busy(1000, 20)]).times.at(-1)).toBe(1000.19);
  });

  it('counts the packets whose stamps run backwards by more than a second', () => {
    const { clock } = follow([10, 11, 10.5, 20, 5, 6, 5.5, 300, 2]);
    expect([clock.backwards, clock.firstBackwards]).toEqual([2, 5]);
    expect(follow(busy(0, 9)).clock.firstBackwards).toBe(0);
  });
});
