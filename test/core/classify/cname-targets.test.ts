import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CnameTargets } from '../../../src/core/classify/cname-targets.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { PLAIN } from '../../../src/render/paint.js';
import { policyLines } from '../../../src/render/policy-report.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { filterCapture } from '../../../src/usecases/filter/filter.js';
import type { RuleChoice } from '../../../src/usecases/rules/rules-in-force.js';
import { testPolicy } from '../../../src/usecases/rules-test/test-policy.js';
import { DNS_HTTPS, dnsQuery, dnsResponse } from '../../forge/dns.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-cnames-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Answers = Parameters<typeof dnsResponse>[2];
const SITE = 'shop.example';
const CLIENT = { address: '192.0.2.10', port: 50_000 };
const SERVER = { address: '203.0.113.5', port: 443 };
const A = (name: string) => ({ name, type: 'A' as const, address: SERVER.address, ttl: 60 });
const CNAME = (name: string, target: string) => ({ name, type: 'CNAME' as const, target });
const CHAIN = [CNAME(SITE, 'Shop.Tracker.Example'), CNAME('shop.tracker.example', 'edge.example'), A('edge.example')];

/** A look-up of SITE with these answers, then a TLS connection to the address that they give. */
function capture(answers: Answers, serverName: string | null = SITE, type?: number): string {
  const question = type === undefined ? { name: SITE } : { name: SITE, type };
  const asked = new UdpConversation({ client: { ...CLIENT, port: 40_000 }, server: { address: '192.0.2.1', port: 53 } })
    .send('client', dnsQuery(7, question))
    .send('server', dnsResponse(7, question, answers)).packets;
  const startMicros = asked.at(-1)!.timeMicros + 1000;
  const tls = new TcpConversation({ client: CLIENT, server: SERVER, startMicros })
    .handshake()
    .send('client', clientHelloRecord({ serverName: serverName ?? undefined }))
    .send('server', serverFlight())
    .close().packets;
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile([...asked, ...tls]));
  return file;
}

function rules(...texts: string[]): RuleChoice {
  const ofCall = texts.map((text) => {
    const action = text.startsWith('+') ? ('allow' as const) : ('block' as const);
    return { type: 'domain' as const, action, option: `--${action}-domain`, texts: [text.replace('+', '')] };
  });
  return { ofCall, stored: null, strict: false, env: {} };
}

async function tlsOf(file: string, options: Parameters<typeof analyzeCaptures>[1] = {}): Promise<ConnectionRecord> {
  const records: ConnectionRecord[] = [];
  await analyzeCaptures([file], { ...options, onConnection: (record) => records.push(record) });
  return records.find(({ protocol }) => protocol === 'TCP')!;
}

describe('the names that a name leads to', () => {
  it('are those of CNAMEs, in whatever order they come', async () => {
    for (const answers of [CHAIN, CHAIN.toReversed()]) {
      const record = await tlsOf(capture(answers));
      expect(record).toMatchObject({ domains: [SITE], cname_targets: ['shop.tracker.example', 'edge.example'] });
    }
  });

  it('are those of a connection that shows no name, which keeps the name asked for', async () => {
    const record = await tlsOf(capture(CHAIN, null));
    expect(record).toMatchObject({ domain: SITE, detected_by: 'dns-answer' });
    expect(record.cname_targets).toEqual(['shop.tracker.example', 'edge.example']);
  });

  it.each([0, 1])('are targets of HTTPS records of priority %i', async (priority) => {
    const https = { name: SITE, type: 'HTTPS' as const, priority, target: 'pool.example' };
    const record = await tlsOf(capture([https, A('pool.example')], SITE, DNS_HTTPS));
    expect(record.cname_targets).toEqual(['pool.example']);
    const own = { ...https, target: '.' };
    expect((await tlsOf(capture([own, A(SITE)], SITE, DNS_HTTPS))).cname_targets).toEqual([]);
  });

  it('are none of answers without them', async () => {
    expect((await tlsOf(capture([A(SITE)]))).cname_targets).toEqual([]);
  });

  it.each(['tracker.example', '=edge.example'])('tell of a rule for them in a test of rules: %s', async (rule) => {
    const { summary } = await testPolicy([capture(CHAIN)], { rules: rules(rule), failOn: ['escaped'] });
    expect(summary.targets).toMatchObject([{ verdict: 'escaped', escaped: 1 }]);
    expect(summary.escapes).toMatchObject([{ route: 'cname', remedy: '--follow-cname', connections: 1 }]);
    expect(summary.findings).toHaveLength(1);
    const text = policyLines(summary, null, { width: 100, top: 10, paint: PLAIN }).join('\n');
    expect(text).toContain('its name leads to a blocked one (CNAME)');
  });

  it('decide with followCname, from the first packet on', async () => {
    const file = capture(CHAIN);
    const options = { rules: rules('tracker.example'), followCname: true };
    expect(await tlsOf(file, options)).toMatchObject({
      blocked: true,
      blocked_by: 'domain:tracker.example',
      passed_packets: 0,
    });
    expect(await tlsOf(file, { ...options, followCname: false })).toMatchObject({ blocked: false });
    const { summary } = await testPolicy([file], options);
    expect(summary.targets).toMatchObject([{ verdict: 'stopped', connections: 1 }]);
    for (const mode of ['inline', 'flow'] as const) {
      const filtered = await filterCapture(file, null, { ...options, mode, dryRun: true });
      // The answer goes too: it brings the blocked name.
      expect(filtered.summary.kept_packets).toBe(1);
    }
  });

  it('give way to an allow rule for the name itself', async () => {
    const options = { rules: rules('tracker.example', `+${SITE}`), followCname: true };
    expect(await tlsOf(capture(CHAIN), options)).toMatchObject({ blocked: false });
  });
});

describe('the table of those names', () => {
  it('keeps the latest answer, and the newest names where there are too many', () => {
    const table = new CnameTargets();
    table.learn(1, ['a.example']);
    table.learn(1, ['b.example', 'c.example']);
    expect(table.of(1)).toEqual(['b.example', 'c.example']);
    for (let name = 2; name < 70_000; name++) table.learn(name, ['a.example']);
    expect([table.of(1), table.of(69_999)]).toEqual([[], ['a.example']]);
    const long = 'x'.repeat(1000);
    for (let name = 1; name < 10_000; name++) table.learn(name, [long]);
    expect([table.of(1000), table.of(9_999)]).toEqual([[], [long]]);
  });

  it('forgets names whose ids go to others', () => {
    const table = new CnameTargets();
    table.learn(1, ['a.example']);
    table.learn(2, ['b.example']);
    table.retain(Uint8Array.from([0, 0, 1]));
    expect([table.of(1), table.of(2)]).toEqual([[], ['b.example']]);
  });
});
