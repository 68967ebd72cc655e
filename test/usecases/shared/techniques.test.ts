import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/explain/model.js';
import { explanationLines } from '../../../src/render/explain.js';
import { PLAIN } from '../../../src/render/paint.js';
import { policyLines } from '../../../src/render/policy-report.js';
import { tableLines } from '../../../src/render/table.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { explainConnections } from '../../../src/usecases/explain/explain.js';
import type { RuleChoice } from '../../../src/usecases/rules/rules-in-force.js';
import { testPolicy } from '../../../src/usecases/rules-test/test-policy.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-techniques-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = { width: 100, top: 10, paint: PLAIN };

/** Three connections: two send a fake hello with a wrong checksum first, twice the second; the third is honest. */
function capture(): string {
  const packets = [1, 2, 0].flatMap((fakes, n) => {
    const one = new TcpConversation({
      client: { address: '192.0.2.10', port: 50_000 + n },
      server: { address: '203.0.113.5', port: 443 },
      clientIsn: 1000 + n,
    });
    one.handshake();
    for (let k = 0; k < fakes; k++) {
      one.segment('client', 0, clientHelloRecord({ serverName: 'www.example.org', postQuantum: false }));
      const frame = one.packets.at(-1)!.data;
      frame.writeUInt16BE(frame.readUInt16BE(50) ^ 0x5a5a, 50);
    }
    const real = clientHelloRecord({ serverName: `video-${n}.example`, postQuantum: false });
    return one.segment('client', 0, real).send('server', serverFlight()).close().packets;
  });
  const file = join(folder, 'fakes.pcap');
  writeFileSync(file, pcapFile(packets));
  return file;
}

const ROW = { technique: 'fake segment: bad checksum', connections: 2, packets: 3, first_packet: 4 };

describe('techniques that hide a site', () => {
  const file = capture();

  it('are listed by analyze, in sum and for each connection', async () => {
    const byPort = new Map<number, readonly string[]>();
    const { summary } = await analyzeCaptures([file], {
      onConnection: ({ src_port: port, techniques }) => byPort.set(port, techniques),
    });
    expect(summary.techniques).toEqual([ROW]);
    expect([...byPort.keys()].sort().map((port) => byPort.get(port))).toEqual([[ROW.technique], [ROW.technique], []]);
    const lines = [...tableLines({ summary, topConnections: [] }, OPTIONS)];
    expect(lines.join('\n')).toContain('! evasion: fake segment: bad checksum (3 packets)');
  });

  it('are listed by a test of rules', async () => {
    const rules: RuleChoice = {
      ofCall: [{ type: 'domain', action: 'block', option: '--block-domain', texts: ['video-0.example'] }],
      stored: null,
      strict: false,
      env: {},
    };
    const { summary } = await testPolicy([file], { rules });
    expect(summary.techniques).toEqual([ROW]);
    expect(summary.targets).toMatchObject([{ target: 'domain:video-0.example', verdict: 'stopped' }]);
    const text = policyLines(summary, null, OPTIONS).join('\n');
    expect(text).toContain('Done to hide a site from observers');
    expect(text).toContain('fake segment: bad checksum · 2 connections · 3 packets · the first is number 4');
  });

  it('are named by an explanation', async () => {
    const explanations: Explanation[] = [];
    await explainConnections([file], {
      what: 'video-1.example',
      limit: 5,
      onExplanation: (one) => explanations.push(one),
    });
    expect(explanations[0]!.connection.techniques).toEqual([ROW.technique]);
    expect(explanationLines(explanations[0]!, 100, PLAIN).join('\n')).toMatch(/Evasion +fake segment: bad checksum/);
  });
});
