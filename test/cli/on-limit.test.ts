/** `--on-limit`: what commands do with connections that a limit left partly unread. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { clientHelloRecord } from '../forge/tls.js';
import { ACK, PSH, tcpPacket } from '../forge/transport.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const SERVER = { address: '203.0.113.10', port: 443 };
const RULES = ['--no-stored-rules', '--block-domain', 'evil.example'];
const PASSED = '1 connection passed the rules though a limit left a part unread (--on-limit block drops them)';

/** Ten hellos whose second half never comes, then one of a blocked site in two segments. */
function flood(): Buffer {
  const halves = [...Array.from({ length: 10 }, (_, n) => n), 10].map((n) => {
    const serverName = n === 10 ? 'www.evil.example' : `www${n}.fine.example`;
    const hello = clientHelloRecord({ serverName, serverNameAt: 'last' });
    const client = { address: '192.0.2.1', port: 40_000 + n };
    const segment = (from: number, to?: number) =>
      tcpPacket(client, SERVER, { seq: 1 + from, flags: ACK | PSH, payload: hello.subarray(from, to) });
    return n === 10 ? [segment(0, 900), segment(900)] : [segment(0, 900)];
  });
  return pcapFile(
    halves.flat().map((packet, i) => ({ data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i * 1000 })),
  );
}

let folder: string;
let capture: string;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'dpi-on-limit-'));
  capture = join(folder, 'flood.pcap');
  writeFileSync(capture, flood());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function limited(command: string[], ...rest: string[]) {
  const args = [...rest, ...RULES, '--max-streams', '10'];
  if (command[0] === 'live') return runDpi([...command, '-', ...args], { stdin: 'pipe', input: flood() });
  return runDpi([...command, capture, ...args]);
}

describe('--on-limit', () => {
  it('filter drops the connection where told so, and says otherwise that it passed', async () => {
    for (const mode of ['inline', 'flow']) {
      const told = await limited(['filter'], '--dry-run', '--json', '--mode', mode);
      expect(JSON.parse(String(told.stdout))).toMatchObject({ kept_packets: 12, blocked_connections: 0 });
      expect(told.stderr).toContain(PASSED);
      const { stdout, stderr } = await limited(
        ['filter'],
        '--dry-run',
        '--json',
        '--mode',
        mode,
        '--on-limit',
        'block',
      );
      expect(JSON.parse(String(stdout))).toMatchObject({
        dropped_packets: 2,
        blocked_connections: 1,
        rules: { decided: [{ rule: 'limit:uninspected', action: 'block', connections: 1 }] },
      });
      expect(stderr).not.toContain('--on-limit');
    }
  });

  it('analyze, rules test and live decide the same', async () => {
    for (const command of [
      ['analyze', '--json'],
      ['rules', 'test', '--json'],
      ['live', '--ndjson'],
    ]) {
      const told = await limited(command);
      expect([told.exitCode, String(told.stderr).includes(PASSED)]).toEqual([0, true]);
      const { exitCode, stdout, stderr } = await limited(command, '--on-limit', 'block');
      expect([exitCode, String(stderr).includes('--on-limit')]).toEqual([0, false]);
      expect(stdout).toContain('"limit:uninspected"');
    }
  });

  it('explains the connection by it', async () => {
    const { stdout } = await limited(['analyze'], '--explain', '11', '--on-limit', 'block');
    expect(stdout).toMatch(/limit:uninspected \(block\) matches a part that a limit left unread\s+and decides/);
  });

  it('is no rule of --keep-…, and knows two actions', async () => {
    const kept = await runDpi(['filter', capture, '--dry-run', '--keep-app', 'GITHUB', '--on-limit', 'block']);
    expect([kept.exitCode, kept.stderr]).toEqual([
      2,
      expect.stringContaining('--on-limit cannot be used with --keep-…'),
    ]);
    const unknown = await limited(['filter'], '--dry-run', '--on-limit', 'drop');
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringMatching(/drop.*allow.*block/s)]);
  });
});
