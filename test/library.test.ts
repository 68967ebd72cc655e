import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze, DpiError, Ingest, VERSION } from '../src/index.js';

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

  it('decides packets one by one', async () => {
    const texts = [{ type: 'app' as const, action: 'block' as const, option: 'blocked apps', texts: ['YOUTUBE'] }];
    const ingest = await Ingest.open({ rules: { ofCall: texts, stored: null, strict: false, env: {} } });
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
});
