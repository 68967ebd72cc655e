/** dpi snapshot write, test and export on the demo and on changed copies of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processContext } from '../../../src/cli/context.js';
import { DEMO, DEMO_PACKETS, demoWith, demoWithout, tlsTo } from '../../support/changed-demo.js';
import { runInProcess } from '../../support/run-in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-snapshot-'));
const snapshot = join(folder, 'network.snap.json');
const changed = join(folder, 'changed.pcap');
const fewer = join(folder, 'fewer.pcap');

const dpi = (...args: string[]) => runInProcess(['snapshot', ...args]);

interface ListedConnection {
  src_port: number;
  domain: string;
  is_lookup: boolean;
}

beforeAll(async () => {
  writeFileSync(changed, demoWith(tlsTo('evil.example')));
  const analyze = await processContext().loadAnalyze();
  const connections: ListedConnection[] = [];
  await analyze([DEMO], { onConnection: (connection) => connections.push({ ...connection } as ListedConnection) });
  const spotify = connections.find(({ domain, is_lookup }) => domain === 'open.spotify.com' && !is_lookup)!;
  const isOfSpotify = packetsWithPort(readFileSync(DEMO), spotify.src_port);
  writeFileSync(
    fewer,
    demoWithout((number) => isOfSpotify.has(number)),
  );
  expect((await dpi('write', DEMO, '-o', snapshot)).exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers of the Ethernet, IPv4 and TCP packets with a port. */
function packetsWithPort(pcap: Buffer, port: number): Set<number> {
  const numbers = new Set<number>();
  for (let at = 24, number = 1; at < pcap.length; number++) {
    const ports = at + 16 + 14 + 20;
    const isTcp = pcap[at + 16 + 14 + 9] === 6;
    if (isTcp && (pcap.readUInt16BE(ports) === port || pcap.readUInt16BE(ports + 2) === port)) numbers.add(number);
    at += 16 + pcap.readUInt32LE(at + 8);
  }
  return numbers;
}

function findingsIn(stdout: string): object[] {
  return (JSON.parse(stdout) as { findings: object[] }).findings;
}

describe('dpi snapshot', () => {
  it('finds nothing in the capture that the snapshot was written from', async () => {
    const { stdout, stderr, exitCode } = await dpi('test', DEMO, snapshot);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('nothing differs');
  });

  it('finds one added connection, with the right packet and nothing else', async () => {
    const { stdout, exitCode } = await dpi('test', '--json', changed, snapshot);
    expect(exitCode).toBe(1);
    expect(findingsIn(stdout)).toMatchObject([
      {
        kind: 'new',
        what: 'contact',
        to: 'evil.example',
        port: 'tcp/443',
        connections: 1,
        // SYN, SYN-ACK, ACK, then a ClientHello in two segments.
        proofs: [{ packet: DEMO_PACKETS + 5, first_packet: DEMO_PACKETS + 1, dst_ip: '203.0.113.200' }],
      },
    ]);
  });

  it('finds one removed connection, unless that is allowed', async () => {
    const { stdout, exitCode } = await dpi('test', '--json', fewer, snapshot);
    expect(exitCode).toBe(1);
    expect(findingsIn(stdout)).toMatchObject([
      { kind: 'gone', to: 'open.spotify.com', port: 'tcp/443', line: 15, proofs: [] },
    ]);
    expect((await dpi('test', '--allow-gone', fewer, snapshot)).exitCode).toBe(0);
  });

  it('updates the file, keeps its comments, and then finds nothing', async () => {
    const own = join(folder, 'own.snap.json');
    const commented = readFileSync(snapshot, 'utf8').replace('  "contacts": [', '  // Reviewed.\n  "contacts": [');
    writeFileSync(own, commented);
    const { stderr, exitCode } = await dpi('test', '-u', changed, own);
    expect([exitCode, stderr]).toEqual([0, `dpi: ${own} updated: 1 new\n`]);
    const added = '    { "to": "evil.example", "port": "tcp/443", "protocol": "tls", "min_tls": "1.3" },\n';
    expect(readFileSync(own, 'utf8').replace(added, '')).toBe(commented);
    expect((await dpi('test', changed, own)).exitCode).toBe(0);
    expect((await dpi('test', '-u', DEMO, own)).exitCode).toBe(0);
    expect(readFileSync(own, 'utf8')).toBe(commented);
  });

  it('writes the same bytes each time', async () => {
    const { stdout } = await dpi('write', DEMO);
    expect(stdout).toBe(readFileSync(snapshot, 'utf8'));
  });

  it('counts packets of several captures in their own files', async () => {
    const only = join(folder, 'only.pcap');
    writeFileSync(only, readFileSync(DEMO).subarray(0, 24));
    const { stdout } = await dpi('test', '--json', only, changed, snapshot);
    expect(findingsIn(stdout)).toMatchObject([{ proofs: [{ input: 1, frame: DEMO_PACKETS + 5 }] }]);
    expect((await dpi('test', only, changed, snapshot)).stdout).toContain(`changed.pcap #${DEMO_PACKETS + 5}`);
  });

  it('writes roles, wide entries and kinds that are left out by default', async () => {
    const widen = ['--widen', '*.googlevideo.com,192.0.2.0/24'];
    const { stdout } = await dpi('write', DEMO, '--role', 'laptop=192.0.2.10', ...widen, '--include', 'control');
    expect(stdout).toContain('"roles": {\n    "laptop": ["192.0.2.10"]\n  },\n  "include": ["control"],');
    expect(stdout).toContain('{ "client": "laptop", "to": "*.googlevideo.com", "port": "udp/443"');
    expect(stdout).toContain('{ "client": "laptop", "to": "192.0.2.0/24", "port": "53"');
  });

  it.each([
    [['test', DEMO], /a capture and a snapshot are needed/],
    [['test', DEMO, '/nonexistent/n.json'], /can't read the snapshot .*: there is no such file; 'dpi snapshot write'/],
    [['test', DEMO, DEMO], /demo\.pcap is no snapshot: line 1/],
    [['write', DEMO, '--widen', 'example.com'], /--widen takes a suffix/],
    [['write', DEMO, '--role', 'x'], /--role takes a name and an address/],
    [['write', DEMO, '--include', 'x'], /--include takes link-local, control, mid-stream, not 'x'/],
    [['write', DEMO, '-o', DEMO], /demo\.pcap/],
    [['export', snapshot], /--format/],
  ])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await dpi(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([80, 120])('fits its table into %i columns', async (columns) => {
    const env = { COLUMNS: String(columns), NO_COLOR: '1' };
    const { stdout } = await runInProcess(['snapshot', 'test', changed, snapshot], { env });
    expect(stdout).toContain('evil.example');
    for (const line of stdout.split('\n').slice(2, -2)) expect(line.length).toBeLessThanOrEqual(columns);
  });
});
