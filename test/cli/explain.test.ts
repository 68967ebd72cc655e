/** `dpi analyze --explain`, as the built program runs it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { udpPacket } from '../forge/transport.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const SAMPLE = 'samples/generated/tls-cut-inside-sni.pcap';
const OWN_RULES_ONLY = '--no-stored-rules';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-explain-cli-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function explain(...args: string[]) {
  return runDpi(['analyze', OWN_RULES_ONLY, '--explain', ...args], { env: { COLUMNS: '80' } });
}

describe('dpi analyze --explain', () => {
  it('prints plain text into a pipe', async () => {
    const { stdout, stderr, exitCode } = await explain('youtube.com', SAMPLE);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^Connection 1 {2}TCP 192\.0\.2\.10:50001 → 203\.0\.113\.10:443 +YOUTUBE\n/);
    expect(stdout).toContain('packet 4 (+0.003000 s), frame offset 247, 7 bytes:');
  });

  it('prints JSON, into a file too', async () => {
    const file = join(folder, 'why.json');
    const { stdout, exitCode } = await explain('1', '--json', '-o', file, SAMPLE);
    expect([stdout, exitCode]).toEqual(['', 0]);
    const { explanations } = JSON.parse(readFileSync(file, 'utf8'));
    expect(explanations[0].proofs[0].bytes.map((place: { packet: number }) => place.packet)).toEqual([4, 5]);
  });

  it('counts a capture once in its sentence, and takes --top', async () => {
    const { stdout } = await explain('192.0.2.10', '--top', '2', 'samples/demo.pcap');
    expect(String(stdout).match(/^Connection /gm)).toHaveLength(2);
    expect(stdout).toMatch(/\n\d+ more of 53 connections match 192\.0\.2\.10: --top or --all\.\n$/);
  });

  it('tells of damage as an analysis does', async () => {
    const { stderr, exitCode } = await explain('1', 'samples/generated/file-cut-off.pcap');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^dpi: warning: .*file-cut-off\.pcap: /);
  });

  it.each([
    [['1', '-'], /^dpi: --explain reads the capture twice, and standard input can be read only once/],
    [['foo bar', SAMPLE], /^dpi: --explain takes a connection's id, a packet .*, not 'foo bar'/],
    [['1', '--csv', SAMPLE], /^dpi: option '--explain <query>' cannot be used with option '--csv'/],
    [['1', 'absent.pcap'], /^dpi: .*absent\.pcap/],
  ])('refuses %j', async (args, expected) => {
    const { stdout, stderr, exitCode } = await explain(...args);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(String(stderr).replaceAll('\n     ', ' ')).toMatch(expected);
  });
});

describe('a malformed packet', () => {
  it('has a command in the report that shows it and its field', async () => {
    const file = join(folder, 'malformed.pcap');
    const packet = udpPacket(
      { address: '192.0.2.1', port: 40_000 },
      { address: '192.0.2.2', port: 53 },
      Buffer.alloc(5),
    );
    const bad = ethernet(packet, undefined, false);
    bad.writeUInt16BE(16, 16);
    const frames = [ethernet(packet, undefined, false), bad, bad];
    writeFileSync(file, pcapFile(frames.map((data, i) => ({ timeMicros: FORGE_EPOCH_MICROS + i, data }))));

    const { stdout: report } = await runDpi(['analyze', OWN_RULES_ONLY, file]);
    expect(report).toMatch(/! malformed: ip_bad_total_length 2 +.*--explain '#2'/);
    const { stdout } = await explain('#2', file);
    expect(String(stdout).replace(/\s+/g, ' ')).toMatch(
      /^Packet 2 .*, 47 bytes malformed: ip_bad_total_length: Total Length \(RFC 791 §3\.1\) at frame offset 16 is 0x0010 It belongs to no connection\. $/,
    );
    const whole = await explain('#1', file);
    expect(whole.stdout).toMatch(/^Connection 1 /);
    expect(whole.stdout).not.toContain('Packet 1');
  });
});
