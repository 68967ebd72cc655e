import { describe, expect, it } from 'vitest';
import type { LiveSnapshot } from '../../src/core/live/live-model.js';
import { type LiveFrame, liveFrameLines } from '../../src/render/live-frame.js';
import { liveLine } from '../../src/render/live-line.js';
import { PLAIN } from '../../src/render/paint.js';
import { textWidth } from '../../src/render/text-width.js';
import { connections } from '../support/report-fixture.js';

const RECORDS = connections();
const EVIL = 'a\x1b[2J\u202eexample\u0007.org';

function snapshot(rows: number, rules = 1): LiveSnapshot {
  return {
    packets: 1_234_567,
    bytes: 9.87e11,
    packetsPerSecond: 12_345,
    bytesPerSecond: 6.7e7,
    connections: 54_321,
    openConnections: 321,
    blockedConnections: rules,
    droppedPackets: 40 * rules,
    apps: Array.from({ length: rows }, (_, i) => ({
      app: `APP-${i}`,
      connections: i,
      packets: i * 1000,
      bytes: 1e9,
      bytesPerSecond: i * 77,
    })),
    appCount: 500,
    domains: Array.from({ length: rows }, (_, i) => ({
      domain: i === 0 ? EVIL : `${'very-long-label.'.repeat(i % 9)}日本語-${i}.example.net`,
      app: 'UNKNOWN',
      detectedBy: 'dns-answer' as const,
      confidence: 'guess' as const,
      connections: i,
      bytes: 1e6,
      bytesPerSecond: 1e5,
      blockedBy: i % 2 === 0 && rules > 0 ? 'domain:example.org' : null,
    })),
    domainCount: 10_000,
    busiest: Array.from({ length: rows }, (_, i) => ({ record: RECORDS[i % RECORDS.length]!, bytesPerSecond: 5 })),
    rules: {
      store: null,
      count: rules,
      of_call: rules,
      decided:
        rules === 0
          ? []
          : [{ rule: 'app:YOUTUBE', action: 'block', connections: 3, packets: 40, bytes: 5e4, first_packet: 7 }],
      unused_count: 0,
      unused: [],
    },
  };
}

function frame(rows: number, rules?: number): LiveFrame {
  return {
    name: 'eth0',
    tool: 'dumpcap',
    elapsedMs: 754_000,
    lostPackets: 12,
    snapshot: snapshot(rows, rules),
    hint: 'q quits',
  };
}

const plain = (width: number, height: number, rows = 60, rules = 1) =>
  liveFrameLines(frame(rows, rules), { width, height, paint: PLAIN });

describe('liveFrameLines', () => {
  it('fits every screen', () => {
    for (const width of [20, 39, 40, 59, 60, 79, 80, 100, 120, 149, 150, 199, 200, 320]) {
      for (let height = 1; height <= 60; height++) {
        const lines = plain(width, height);
        expect(lines.length, `${width}x${height}`).toBe(height);
        for (const line of lines) expect(textWidth(line), `${width}x${height}: ${line}`).toBeLessThanOrEqual(width);
      }
    }
  });

  it('uses the rows that there are, and shows no list without content', () => {
    const text = plain(120, 40, 2, 0).join('\n');
    expect(text).toContain('APP-1');
    expect(text).not.toContain('Rules');
    expect(text).not.toContain('would be blocked');
    const empty = liveFrameLines(frame(0, 0), { width: 80, height: 24, paint: PLAIN });
    expect(empty.join('\n')).not.toContain('Domains');
    expect(empty.at(-1)).toBe(' q quits');
  });

  it('shows names before what tells less at 80 columns', () => {
    const { snapshot: shown, ...rest } = frame(3);
    const domains = [{ ...shown.domains[0]!, domain: 'rr3---sn-4g5ednsl.google.com' }];
    const busiest = shown.busiest
      .filter(({ record }) => record.domain !== null && record.domain.length <= 16)
      .slice(0, 1);
    expect(busiest).toHaveLength(1);
    // The last column of a terminal stays free.
    const look = { width: 79, height: 24, paint: PLAIN };
    const text = liveFrameLines({ ...rest, snapshot: { ...shown, domains, busiest } }, look).join('\n');
    expect(text).toContain('rr3---sn-4g5ednsl.google.com');
    expect(text).toContain(busiest[0]!.record.domain!);
    expect(text).toContain('✗');
  });

  it.each([60, 120, 200])('shows lists, rates, rules and losses at %i columns', (width) => {
    const text = plain(width, 40).join('\n');
    for (const part of [
      '12 k packets/s',
      '67 MB/s',
      '12 lost by dumpcap',
      'would block 1 connection (40 packets)',
      'Apps (500)',
      'APP-0',
      '✗',
      'app:YOUTUBE',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('keeps the domains longest where there are few rows', () => {
    const text = plain(80, 8).join('\n');
    expect(text).toContain('Domains');
    expect(text).not.toContain('Open connections');
  });

  it('lets no name touch the terminal', () => {
    for (const width of [60, 200]) {
      for (const line of plain(width, 50)) expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
    }
    expect(plain(200, 50).join('\n')).toContain('\\x1b');
  });

  it('keeps its columns where they are, whatever they hold', () => {
    const place = (rows: number) =>
      plain(100, 30, rows)
        .find((line) => line.includes('known by'))!
        .indexOf('known by');
    expect(place(1)).toBe(place(9));
  });
});

describe('liveLine', () => {
  it('says when, which app, which name, how it is known, and who with whom', () => {
    const record = { ...RECORDS[0]!, last_seen: 1_793_613_600, domain: EVIL, blocked: true, blocked_by: 'app:X\u202e' };
    const line = liveLine(record);
    expect(line).toMatch(/^2026-11-02T\d\d:\d\d:\d\dZ /);
    expect(line).toContain('would be blocked by app:X\\u202e');
    expect(line).not.toMatch(/[\x00-\x1f\u202e]/);
    expect(liveLine({ ...record, last_seen: 1e18, domain: null })).toContain(' - ');
  });
});
