/** Which files are one stream. */
import { describe, expect, it } from 'vitest';
import type { PlannedFile, StreamMode } from '../../../src/usecases/batch/plan-types.js';
import { patternOf, streamsOf } from '../../../src/usecases/batch/streams.js';

/** A file of a capture that lasts `seconds` from `first` on; null without packets. */
function file(path: string, first: number | null, seconds: number | null = 10, linkType = 1) {
  const planned: PlannedFile = {
    path: `/in/${path}`,
    len: 1000,
    modified_ns: '1',
    digest: 'd',
    format: 'pcap',
    link_type: first === null ? null : linkType,
    first_seen: first,
    last_seen: first === null || seconds === null ? null : first + seconds,
  };
  return { root: '/in', file: planned };
}

/** Names of the streams with the names of their files. */
function streams(files: readonly ReturnType<typeof file>[], mode: StreamMode = 'auto') {
  return Object.fromEntries(
    streamsOf(files, mode).map(({ name, files: members }) => [name, members.map(({ path }) => path.slice(4))]),
  );
}

describe('patternOf', () => {
  it.each([
    ['eth0_00001_20261130210841.pcapng', 'eth0'],
    ['eth0_00001.pcap', 'eth0'],
    ['eth0.pcap', 'eth0'],
    ['eth0.pcap3', 'eth0'],
    ['trace12', 'trace'],
    ['trace-2026-11-30_21:08:41.pcap.gz', 'trace'],
    ['trace.2026-11-30T21-08-41Z.pcap.zst', 'trace'],
    ['2026-11-30_eth0.pcap', 'eth0'],
    ['site-a.pcap', 'site-a'],
    ['20261130.pcap', '20261130'],
    ['.pcap', '.pcap'],
  ])('of %s is %s', (name, pattern) => expect(patternOf(name)).toBe(pattern));
});

describe('streams', () => {
  it('are the files of a ring, in the order of time, whatever their numbers', () => {
    const files = [file('eth0_00003.pcap', 0), file('eth0_00001.pcap', 10), file('eth0_00002.pcap', 20)];
    expect(streams(files)).toEqual({ eth0: ['eth0_00003.pcap', 'eth0_00001.pcap', 'eth0_00002.pcap'] });
  });

  it('take the unnumbered first file of tcpdump -C, and empty files', () => {
    const files = [file('t.pcap', 1), file('t.pcap1', 11), file('t.pcap2', null), file('t.pcap3', 30)];
    expect(streams(files)).toEqual({ t: ['t.pcap2', 't.pcap', 't.pcap1', 't.pcap3'] });
  });

  it('are told apart by folder, name and link type', () => {
    const files = [file('a/r_1.pcap', 0), file('a/r_2.pcap', 10), file('b/r_1.pcap', 0), file('a/s_1.pcap', 0)];
    expect(Object.keys(streams(files))).toEqual(['a_r', 'a_s', 'b_r']);
    expect(Object.keys(streams([file('r_1.pcap', 0), file('r_2.pcap', 10, 10, 113)]))).toEqual(['r_1', 'r_2']);
  });

  it('are single files where these overlap in time', () => {
    expect(Object.keys(streams([file('tap_1.pcap', 0), file('tap_2.pcap', 5)]))).toEqual(['tap_1', 'tap_2']);
    expect(Object.keys(streams([file('tap_1.pcap', 0, null), file('tap_2.pcap', 0, null)]))).toEqual([
      'tap_1',
      'tap_2',
    ]);
    // A second for packets out of order, and no check where the end is not known.
    expect(Object.keys(streams([file('tap_1.pcap', 0), file('tap_2.pcap', 9.5)]))).toEqual(['tap']);
    expect(Object.keys(streams([file('tap_1.pcap', 0, null), file('tap_2.pcap', 5, null)]))).toEqual(['tap']);
  });

  it('take numbers right behind letters for a ring only where it has a begin', () => {
    expect(Object.keys(streams([file('tls12.pcap', 0), file('tls13.pcap', 10)]))).toEqual(['tls12', 'tls13']);
    expect(Object.keys(streams([file('trace00', 0), file('trace01', 10)]))).toEqual(['trace']);
    expect(Object.keys(streams([file('ipv6.pcap', 0)]))).toEqual(['ipv6']);
  });

  it('are every file, or all, as asked', () => {
    const files = [file('r_1.pcap', 0), file('r_2.pcap', 10), file('x.pcap', 5)];
    expect(Object.keys(streams(files, 'each'))).toEqual(['r_1', 'r_2', 'x']);
    expect(streams(files, 'one')).toEqual({ r: ['r_1.pcap', 'x.pcap', 'r_2.pcap'] });
  });

  it('have names of their own', () => {
    const files = [file('a b.pcap', 0), file('a_b.pcap', 0), file('A_b.pcap', 0)];
    expect(Object.keys(streams(files))).toEqual(['A_b', 'a_b-2', 'a_b-3']);
  });
});
