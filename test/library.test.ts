import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  analyze,
  DpiError,
  explain,
  filter,
  Ingest,
  type IngestEngine,
  live,
  type RuleChoice,
  testRules,
  VERSION,
} from '../src/index.js';

const DEMO = resolve(import.meta.dirname, '../samples/demo.pcap');
const BLOCK_YOUTUBE: RuleChoice = {
  ofCall: [{ type: 'app', action: 'block', option: 'blocked apps', texts: ['YOUTUBE'] }],
  stored: null,
  strict: false,
  env: {},
};
const folder = mkdtempSync(join(tmpdir(), 'dpi-library-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the library', () => {
  it('returns the whole report in one call', async () => {
    const report = await analyze(DEMO);
    expect(report.generator).toBe(`dpi ${VERSION}`);
    expect(report.connections.length).toBe(report.total_connections);
    expect(report.connections.find((c) => c.domain === 'www.youtube.com')?.app).toBe('YOUTUBE');
    const sum = Object.values(report.app_breakdown).reduce((a, b) => a + b, 0);
    expect(sum).toBe(report.total_packets);
  });

  it('takes several captures as one', async () => {
    const once = await analyze(DEMO);
    const twice = await analyze([DEMO, DEMO]);
    expect(twice.total_packets).toBe(2 * once.total_packets);
  });

  it('rejects with a DpiError for what it cannot read', async () => {
    await expect(analyze('/no/such/capture.pcap')).rejects.toThrow(DpiError);
  });

  it('decides packets one by one', async () => {
    const ingest = await Ingest.open({ rules: BLOCK_YOUTUBE });
    const tuple = { src_ip: '192.0.2.1', dst_ip: '192.0.2.2', src_port: 1, dst_port: 443, protocol: 'tcp' };
    const event = { tuple, size: 60, domain: 'www.youtube.com' };
    expect(ingest.engine.ingest(event, 0)).toMatchObject({
      decision: 'drop',
      app: 'YOUTUBE',
      blocked_by: 'app:YOUTUBE',
    });
    expect(ingest.engine.ingest({}, 0)).toEqual({ error: "'tuple' is missing or no object" });
    expect(await ingest.end()).toMatchObject({ total_packets: 1, dropped_packets: 1 });
  });

  it('hides the inner parts of the engine for events', () => {
    expectTypeOf<IngestEngine>().not.toHaveProperty('pipeline');
  });

  it('filters a capture with its default options', async () => {
    const output = join(folder, 'out.pcap');
    const { summary, isDamaged } = await filter(DEMO, output, { rules: BLOCK_YOUTUBE });
    expect([isDamaged, summary.mode, summary.dropped_packets > 0]).toEqual([false, 'inline', true]);
    const after = await analyze(output);
    expect(after.total_packets).toBe(summary.kept_packets);
    const dry = await filter(DEMO, null, { rules: BLOCK_YOUTUBE, dryRun: true });
    expect(dry.summary.dropped_packets).toBe(summary.dropped_packets);
  });

  it('copies a capture unchanged when no rules are given', async () => {
    const output = join(folder, 'copy.pcap');
    expect((await filter(DEMO, output)).summary.dropped_packets).toBe(0);
    expect(readFileSync(output).equals(readFileSync(DEMO))).toBe(true);
  });

  it('explains connections', async () => {
    const { explanations, matched, shown } = await explain(DEMO, 'www.youtube.com', { limit: 1 });
    expect(explanations.map(({ connection }) => connection.domain)).toEqual(['www.youtube.com']);
    expect(matched).toBeGreaterThanOrEqual(shown);
    expect(shown).toBe(1);
  });

  it('tests rules', async () => {
    const { summary, isDamaged } = await testRules([DEMO], { rules: BLOCK_YOUTUBE, failOn: ['hidden'] });
    expect(summary.targets.map(({ target }) => target)).toEqual(['YOUTUBE']);
    expect(isDamaged).toBe(false);
    const noRules = { ...BLOCK_YOUTUBE, ofCall: [] };
    await expect(testRules([DEMO], { rules: noRules })).rejects.toThrow(DpiError);
  });

  it('rejects a live capture that no tool can make', async () => {
    const origin = { interfaceName: 'eth0', env: { PATH: folder } };
    await expect(live({ origin, write: join(folder, 'live.pcap') })).rejects.toThrow(DpiError);
    expect(existsSync(join(folder, 'live.pcap'))).toBe(false);
  });
});
