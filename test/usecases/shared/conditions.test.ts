/** `--fail-on` and `--only` on records and summaries made by hand. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import type { ConnectionRecord, ReportSummary } from '../../../src/core/report/model.js';
import { parseConditions } from '../../../src/usecases/shared/conditions.js';
import { connection, reportEnd, summary } from '../../support/report-fixture.js';

const apps = createAppTable();
const ssh: Partial<ConnectionRecord> = {
  app: 'UNKNOWN',
  app_protocol: 'ssh',
  domain: null,
  domains: [],
  detected_by: null,
  tls_version: null,
  dst_ip: '192.0.2.22',
  dst_port: 22,
};
const old: Partial<ConnectionRecord> = {
  app: 'TEAMS',
  domain: 'teams.microsoft.com',
  domains: ['teams.microsoft.com'],
};

/** The findings on YouTube over TLS 1.3, SSH, and Teams over TLS 1.0. */
function findings(options: Parameters<typeof parseConditions>[0], more: Partial<ReportSummary> = {}): string[] {
  const { conditions, onConnection } = parseConditions(options, apps);
  for (const one of [{ tls_version: '1.3' }, ssh, { ...old, tls_version: '1.0' }]) onConnection?.(connection(one));
  const report = reportEnd({ summary: summary(more) }).summary;
  return conditions
    .map((condition) => condition(report))
    .filter((finding) => finding !== null)
    .map(({ condition, connections }) => `${condition}: ${connections}`);
}

describe('--fail-on', () => {
  it('asks single connections by protocol, address, port and TLS version', () => {
    expect(findings({ failOn: ['proto:ssh', 'proto:rdp'] })).toEqual(['proto:ssh: 1']);
    expect(findings({ failOn: ['ip:192.0.2.0/24', 'ip:198.51.100.1'] })).toEqual(['ip:192.0.2.0/24: 1']);
    expect(findings({ failOn: ['port:22', 'port:443', 'port:udp/443'] })).toEqual(['port:22: 1', 'port:443: 2']);
    expect(findings({ failOn: ['tls:<1.2', 'TLS: >= 1.2', 'tls:1.1', 'tls:ssl 3.0'] })).toEqual([
      'tls:<1.2: 1',
      'tls:>=1.2: 1',
    ]);
  });

  it('asks the summary by app with its parts, UNKNOWN and category', () => {
    const rows = [
      {
        app: 'TEAMS',
        app_group: 'MICROSOFT',
        category: 'conferencing',
        connections: 2,
        lookups: 0,
        packets: 9,
        bytes: 900,
      },
      { app: 'BET365', app_group: 'BET365', category: 'gambling', connections: 1, lookups: 0, packets: 3, bytes: 300 },
      { app: 'UNKNOWN', app_group: 'UNKNOWN', category: null, connections: 4, lookups: 0, packets: 5, bytes: 500 },
    ];
    const failOn = ['app:MICROSOFT', 'app:teams', 'app:unknown', 'category:gambling', 'category:video', 'app:SKYPE'];
    expect(findings({ failOn }, { apps: rows })).toEqual([
      'app:MICROSOFT: 2',
      'app:TEAMS: 2',
      'app:UNKNOWN: 4',
      'category:gambling: 1',
    ]);
    expect(parseConditions({ failOn }, apps).onConnection).toBeNull();
  });

  it('refuses what it does not know, with near names', () => {
    const problem = (text: string) => {
      try {
        parseConditions({ failOn: [text] }, apps);
      } catch (error) {
        return (error as Error).message;
      }
      return 'none';
    };
    expect(problem('foo')).toContain("--fail-on takes 'blocked', 'app:NAME'");
    expect(problem('tls:1.5')).toContain('expected tls:<1.2 or tls:1.0');
    expect(problem('app:TEMS')).toContain('did you mean TEAMS');
    expect(problem('proto:shh')).toContain('did you mean ssh?');
  });
});

describe('--only', () => {
  it('counts the connections that match none of the conditions', () => {
    expect(findings({ only: ['app:YOUTUBE', 'proto:ssh', 'domain:microsoft.com'] })).toEqual([]);
    expect(findings({ only: ['app:YOUTUBE', 'app:MICROSOFT'] })).toEqual([
      'anything but app:YOUTUBE, app:MICROSOFT: 1',
    ]);
    expect(findings({ only: ['app:UNKNOWN'] })).toEqual(['anything but app:UNKNOWN: 2']);
    expect(findings({ only: ['category:video', 'port:22'] })).toEqual(['anything but category:video, port:22: 1']);
    expect(findings({ only: ['tls:>=1.2'] })).toEqual(['anything but tls:>=1.2: 2']);
  });

  it('accepts a DNS connection only if it asks for nothing else', () => {
    const count = (domains: string[], ...only: string[]) => {
      const { conditions, onConnection } = parseConditions({ only }, apps);
      onConnection!(connection({ detected_by: 'dns', app_protocol: 'dns', domain: domains[0]!, domains }));
      return conditions[0]!(reportEnd().summary)?.connections ?? 0;
    };
    const both = ['www.youtube.com', 'www.example.org'];
    expect(count(both, 'app:YOUTUBE')).toBe(1);
    expect(count(both, 'app:YOUTUBE', 'domain:example.org')).toBe(0);
    expect(count(both, 'proto:dns')).toBe(0);
    expect(count(['www.youtube.com', 'i.ytimg.com'], 'app:YOUTUBE')).toBe(0);
  });
});
