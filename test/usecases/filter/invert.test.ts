/** `--invert` drops the connections that the keep options pick, whole, and keeps everything else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FilterOptions, filterCapture } from '../../../src/usecases/filter/filter.js';
import { readCapture } from '../../core/capture/read-capture.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { applicationData, clientHelloRecord } from '../../forge/tls.js';
import { runDpi } from '../../support/run-cli.js';

const SECOND = 1_000_000;
const ARP: ForgedPacket = {
  data: Buffer.from(`${'ff'.repeat(12)}0806${'00'.repeat(28)}`, 'hex'),
  timeMicros: FORGE_EPOCH_MICROS,
};

function visit(port: number, serverName: string, atSecond: number): ForgedPacket[] {
  return new TcpConversation({
    client: { address: '192.0.2.10', port },
    server: { address: '203.0.113.10', port: 443 },
    startMicros: FORGE_EPOCH_MICROS + atSecond * SECOND,
  })
    .handshake()
    .send('client', clientHelloRecord({ serverName }))
    .send('server', applicationData(100))
    .close().packets;
}

const VIDEO = visit(50_001, 'www.youtube.com', 1);
const CODE = visit(50_002, 'github.com', 2);
const LATER = visit(50_003, 'www.youtube.com', 60);
const ALL = [ARP, ...VIDEO, ...CODE, ...LATER];

describe('an inverted choice', () => {
  let folder: string;
  let capture: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpi-invert-'));
    capture = join(folder, 'in.pcap');
    writeFileSync(capture, pcapFile(ALL));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function filtered(options: FilterOptions) {
    const output = join(folder, 'out.pcap');
    const { summary } = await filterCapture(capture, output, options);
    const kept = readCapture(readFileSync(output)).packets.map(({ data }) => data);
    expect(kept.length).toBe(summary.kept_packets);
    return { summary, kept };
  }
  const hex = (...packets: ForgedPacket[][]) => packets.flat().map(({ data }) => data.toString('hex'));
  const keepApp = [{ type: 'app', action: 'block', option: '--keep-app', texts: ['YOUTUBE'] }] as const;

  it.each<[string, FilterOptions, ForgedPacket[][]]>([
    ['of an expression', { select: { where: 'label == YOUTUBE' } }, [[ARP], CODE]],
    ['of an app', { keep: keepApp }, [[ARP], CODE]],
    ['of a period', { select: { since: '30s' } }, [[ARP], VIDEO, CODE]],
    ['of all of these', { keep: keepApp, select: { since: '30s', where: 'packets > 1' } }, [[ARP], VIDEO, CODE]],
    ['of nothing that is there', { select: { where: 'bytes > 1G' } }, [ALL]],
  ])('%s leaves the rest, packets of no connection included', async (_, options, rest) => {
    const { summary, kept } = await filtered({ ...options, invert: true });
    expect(kept).toEqual(hex(...rest));
    const opposite = await filtered(options);
    expect([summary.mode, opposite.summary.mode]).toEqual(['drop', 'keep']);
    expect(summary.blocked_connections + opposite.summary.blocked_connections).toBe(summary.total_connections);
    expect([summary.warnings, opposite.summary.warnings]).toEqual([[], []]);
  });

  it('needs a choice', async () => {
    await expect(filtered({ invert: true })).rejects.toThrow('--invert needs a --keep option');
  });

  it('is an option of the command', async () => {
    const args = ['filter', capture, '--dry-run', '--keep-where', 'label == YOUTUBE', '--invert'];
    const { stdout, stderr, exitCode } = await runDpi(args, { encoding: 'utf8' });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toContain('drop: all but the chosen connections');
    expect(stdout).toContain('2 connections left out');
  });
});
