import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze, DpiError, VERSION } from '../src/index.js';

const DEMO = resolve(import.meta.dirname, '../samples/demo.pcap');

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
});
