import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { Pipeline, type PipelineOptions } from '../../../src/core/engine/pipeline.js';
import { summarise } from '../../../src/core/engine/summary.js';
import { Snapshots } from '../../../src/core/live/snapshots.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';

const ALL = { apps: 1000, domains: 1000, connections: 1000, order: 'total' } as const;
const DEMO = readFileSync('samples/demo.pcap');
const BLOCK_YOUTUBE = RuleSet.compile(
  [{ type: 'app', action: 'block', values: ['YOUTUBE'], comment: null, expiresMs: null, createdMs: 0 }],
  0,
);

/** Feeds the demo in pieces of `chunkLen` bytes, and calls `look` after each. */
function watch(
  chunkLen: number,
  look: (pipeline: Pipeline, snapshots: Snapshots, ms: number) => void,
  selects?: PipelineOptions['selects'],
) {
  const apps = createAppTable([]);
  const pipeline = new Pipeline({ apps, seed: 1, top: 0, rules: BLOCK_YOUTUBE, onLabel: () => {}, selects });
  const snapshots = new Snapshots(pipeline, apps, 0);
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  let ms = 0;
  for (let at = 0; at < DEMO.length; at += chunkLen) {
    stream.push(DEMO.subarray(at, at + chunkLen));
    while (stream.nextBatch(batch)) pipeline.run(batch);
    ms += 100;
    look(pipeline, snapshots, ms);
  }
  return { pipeline, snapshots };
}

describe('Snapshots', () => {
  it('counts every packet for one app, at any moment', () => {
    let looks = 0;
    watch(1999, (pipeline, snapshots, ms) => {
      looks++;
      const { apps, packets, bytes, openConnections, connections } = snapshots.take(ms, ALL);
      expect(packets).toBe(pipeline.packets);
      expect(apps.reduce((sum, app) => sum + app.packets, 0)).toBe(pipeline.packets);
      expect(apps.reduce((sum, app) => sum + app.bytes, 0)).toBe(bytes);
      expect(connections).toBe(pipeline.flows.started);
      expect(openConnections).toBe(pipeline.flows.size);
    });
    expect(looks).toBeGreaterThan(100);
  });

  it('shows the connections that are selected, open and ended ones, and counts all', () => {
    const { pipeline, snapshots } = watch(
      1999,
      (running, taken, ms) => {
        const { apps, domains, busiest, packets, connections } = taken.take(ms, ALL);
        expect([packets, connections]).toEqual([running.packets, running.flows.started]);
        expect(apps.every(({ app }) => app === 'NETFLIX')).toBe(true);
        expect(domains.every(({ domain }) => /nflx|netflix/.test(domain))).toBe(true);
        expect(busiest.every(({ record }) => record.app === 'NETFLIX')).toBe(true);
      },
      ({ app }) => app === 'NETFLIX',
    );
    const before = snapshots.take(60_000, ALL);
    while (pipeline.drain(1000));
    const report = summarise(pipeline, [], 'dpi test', BLOCK_YOUTUBE, null);
    const counts = (rows: readonly { packets: number; bytes: number }[]) =>
      rows.map(({ packets, bytes }) => ({ packets, bytes }));
    expect(counts(before.apps)).toEqual(counts(report.apps));
    expect(report.selected).toMatchObject(counts(report.apps)[0]!);
    expect(before.domainCount).toBeLessThanOrEqual(report.domains_detected.length);
  });

  it('says in the end what the report says', () => {
    const { pipeline, snapshots } = watch(50_000, () => {});
    const before = snapshots.take(10_000, ALL);
    while (pipeline.drain(1000));
    const report = summarise(pipeline, [], 'dpi test', BLOCK_YOUTUBE, null);
    expect(before.apps.map(({ app, packets, bytes, connections }) => [app, packets, bytes, connections])).toEqual(
      report.apps.map(({ app, packets, bytes, connections }) => [app, packets, bytes, connections]),
    );
    const named = before.domains.map(({ domain, app, bytes }) => `${domain} ${app} ${bytes}`);
    expect(named.sort()).toEqual(
      report.domains_detected.map(({ domain, app, bytes }) => `${domain} ${app} ${bytes}`).sort(),
    );
    expect(before.blockedConnections).toBe(report.blocked_connections);
    expect(before.droppedPackets).toBe(report.dropped_packets);
    expect(report.blocked_connections).toBeGreaterThan(0);
    const blocked = before.domains.filter(({ blockedBy }) => blockedBy !== null);
    expect(blocked.map(({ app }) => app)).toContain('YOUTUBE');
    expect(blocked.every(({ blockedBy }) => blockedBy === 'app:YOUTUBE')).toBe(true);
  });

  it('lists no more than was asked for, and what is busy first', () => {
    const { snapshots } = watch(9000, (_pipeline, all, ms) => void all.take(ms, ALL));
    const few = snapshots.take(60_000, { apps: 3, domains: 4, connections: 5, order: 'rate' });
    expect([few.apps.length, few.domains.length, few.busiest.length]).toEqual([3, 4, 5]);
    expect(few.appCount).toBeGreaterThan(3);
    const rates = few.domains.map(({ bytesPerSecond }) => bytesPerSecond);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  it('gives a connection in the row of another no rate of that one', () => {
    const { snapshots } = watch(1e9, () => {});
    const { busiest } = snapshots.take(1000, ALL);
    for (const { record, bytesPerSecond } of busiest) expect(bytesPerSecond).toBeLessThanOrEqual(record.bytes);
  });
});
