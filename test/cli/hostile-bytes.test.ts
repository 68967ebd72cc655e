/**
 * The built program shown every byte there is, in names from the wire, file names, rules and lists: a terminal stays
 * safe.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate, serverFlight12 } from '../forge/certificate.js';
import { dnsQuery } from '../forge/dns.js';
import { dtlsHelloBody, dtlsRecord } from '../forge/dtls.js';
import { hex } from '../forge/fields.js';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { cryptoFrame, initialPacket } from '../forge/quic.js';
import { TcpConversation } from '../forge/tcp-conversation.js';
import { clientHello, clientHelloRecord } from '../forge/tls.js';
import { ACK, PSH, tcpPacket, udpPacket } from '../forge/transport.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

/** What a terminal, a pager or a log viewer would act on: C0 but line feed, DEL, C1, bidi controls, line separators. */
const DANGEROUS = /[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
/** Colour and weight, which the program itself writes where it is asked to. */
const SGR = /\x1b\[[0-9;]*m/g;
/** CSV ends its lines with CR LF. */
const CRLF = /\r\n/g;
const NO_STORE = '--no-stored-rules';
/** A file name of what may be in one: all but NUL and the slash. */
const EVIL_NAME = 'cap\x1b[2J\x07\r\u202e\u009b31m\u2066.pcap';

let folder: string;
let capture: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-hostile-'));
  capture = join(folder, EVIL_NAME);
  // Cut off, for the warning that names the file.
  const bytes = pcapFile(packets());
  writeFileSync(capture, bytes.subarray(0, bytes.length - 5));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every byte in a Host, an SNI, a DNS name, an ALPN; and some of them through QUIC, DTLS and a certificate. */
function packets(): ForgedPacket[] {
  const server = { address: '203.0.113.10', port: 443 };
  const all: Buffer[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const host = Buffer.from([0x61, byte, 0x62, 0x2e, 0x63, 0x6f]);
    const from = (n: number) => ({ address: `192.0.2.${n}`, port: 10_000 + byte });
    const request = Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: '), host, Buffer.from('\r\n\r\n')]);
    const hello = clientHelloRecord({ serverName: host, alpn: [`h${String.fromCharCode(byte)}`], postQuantum: false });
    for (const [n, payload] of [request, hello].entries()) {
      all.push(tcpPacket(from(n), server, { seq: 1, flags: ACK | PSH, payload }));
    }
    const question = Buffer.concat([Buffer.from([3]), host.subarray(0, 3), hex('02636f 00')]);
    const query = Buffer.concat([dnsQuery(byte, { name: 'x' }).subarray(0, 12), question, hex('0001 0001')]);
    all.push(udpPacket(from(3), { ...server, port: 53 }, query));
  }
  const evil = 'x\x1b[31m\u202e.example';
  const client = (port: number) => ({ address: '192.0.2.9', port });
  const initial = initialPacket(
    cryptoFrame({ offset: 0, data: clientHello({ serverName: evil, postQuantum: false }) }),
    {
      destinationConnectionId: hex('8394c8f03e515708'),
    },
  );
  all.push(udpPacket(client(1001), server, initial));
  all.push(udpPacket(client(1002), { ...server, port: 4433 }, dtlsRecord(1, 0, dtlsHelloBody(evil))));
  const certified = new TcpConversation({ client: client(1003), server })
    .handshake()
    .send('client', clientHelloRecord({ serverName: undefined, legacy: true }))
    .send('server', serverFlight12([certificate({ commonName: 'x\x1b[31m.google.com' })]));
  const forged = all.map((packet, i) => ({ data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i }));
  return [...forged, ...certified.packets.map((one) => ({ ...one, timeMicros: FORGE_EPOCH_MICROS + all.length }))];
}

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** Runs the program, and fails where it writes anything that a terminal acts on, or what is no UTF-8. */
async function safely(args: string[], options: { input?: string | Buffer; colour?: boolean } = {}): Promise<Said> {
  const env = options.colour ? { FORCE_COLOR: '1' } : {};
  const input = options.input === undefined ? {} : { input: options.input, stdin: undefined };
  const { stdout, stderr, exitCode } = await runDpi(args, { encoding: 'buffer', env, ...input });
  const [out, err] = [stdout, stderr].map((bytes) => {
    let text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes as unknown as Uint8Array);
    if (options.colour) text = text.replace(SGR, '');
    const match = DANGEROUS.exec(text.replace(CRLF, '\n'));
    const around = match === null ? null : JSON.stringify(text.slice(Math.max(0, match.index - 40), match.index + 20));
    expect([args.slice(0, 3), around]).toEqual([args.slice(0, 3), null]);
    return text;
  });
  return { stdout: out!, stderr: err!, exitCode };
}

describe('names with any byte, and a file name with escape sequences', () => {
  it.each([
    ['table', []],
    ['table of everything', ['--all']],
    ['JSON', ['--json']],
    ['NDJSON', ['--ndjson']],
    ['CSV', ['--csv']],
    ['explanation', ['--explain', '0.0.0.0/0', '--all']],
    ['explanation in JSON', ['--explain', '192.0.2.0/24', '--all', '--json']],
  ])('are harmless in the %s', async (_, options) => {
    const { stdout, stderr, exitCode } = await safely(['analyze', NO_STORE, ...options, capture]);
    expect([exitCode, stdout.length > 1000]).toEqual([3, true]);
    expect(stderr).toContain('it ends inside a packet record');
    expect(stderr).toContain('.pcap: ');
  });

  it('are harmless in colour', async () => {
    const { stdout } = await safely(['analyze', NO_STORE, '--all', capture], { colour: true });
    expect(stdout.length).toBeGreaterThan(10_000);
  });

  it('are harmless in what a filter says', async () => {
    const out = join(folder, `out-${EVIL_NAME}`);
    const rules = [NO_STORE, '--block-domain', 'co', '--block-domain', 'example', '--block-app', 'GOOGLE'];
    for (const options of [[], ['--json'], ['--mode', 'flow'], ['--dry-run']]) {
      const { exitCode } = await safely(['filter', ...rules, ...options, capture, out]);
      expect(exitCode).toBe(3);
    }
  });

  it('are harmless where nothing can be done', async () => {
    for (const args of [
      ['analyze', NO_STORE, join(folder, `no-${EVIL_NAME}`)],
      ['analyze', NO_STORE, capture, '--apps', join(folder, `no-${EVIL_NAME}`)],
      ['analyze', NO_STORE, capture, '--output', join(folder, 'none', EVIL_NAME)],
      ['analyze', NO_STORE, capture, `--${EVIL_NAME}`],
      ['analyze', NO_STORE, capture, '--block-domain', EVIL_NAME],
      ['analyze', NO_STORE, capture, '--block-app', EVIL_NAME],
      ['analyze', NO_STORE, capture, '--block-ip', EVIL_NAME],
      ['analyze', NO_STORE, capture, '--fail-on', EVIL_NAME],
      ['analyze', NO_STORE, capture, '--explain', EVIL_NAME],
      ['filter', NO_STORE, capture, capture],
      ['rules', 'list', '--rules-file', join(capture, 'rules.json')],
      ['rules', 'list', '--redis', `redis://${EVIL_NAME}`],
      [EVIL_NAME],
    ]) {
      const { exitCode, stderr } = await safely(args);
      expect([args.slice(0, 3), exitCode]).toEqual([args.slice(0, 3), 2]);
      expect(stderr).toMatch(/^dpi: /);
    }
  });
});

describe('rules and lists with any byte', () => {
  /** All characters of Latin-1 but NUL, which no argument can hold, and what else terminals act on. */
  const ALL = `${Array.from({ length: 255 }, (_, n) => String.fromCharCode(n + 1)).join('')}\u202e\u2028\u2066\ufeff`;

  it('are harmless when added, listed, checked and imported', async () => {
    const file = ['--rules-file', join(folder, `rules-${EVIL_NAME}.json`)];
    const added = await safely(['rules', 'add', ...file, 'domain', 'evil.example', '--comment', ALL]);
    const kept = added.exitCode === 0 ? ALL : 'escaped';
    if (added.exitCode !== 0) await safely(['rules', 'add', ...file, 'domain', 'evil.example', '--comment', 'escaped']);
    for (const options of [[], ['--json']]) {
      const { stdout, exitCode } = await safely(['rules', 'list', ...file, ...options]);
      expect(exitCode).toBe(0);
      if (options.length > 0) expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(kept));
    }
    for (const format of ['json', 'domains', 'hosts', 'adguard', 'nftables', 'suricata']) {
      await safely(['rules', 'export', ...file, '--format', format]);
    }
    await safely(['rules', 'check', ...file, `a${ALL}.example`]);
    await safely(['rules', 'remove', ...file, 'domain', `a${ALL}.example`]);
    await safely(['apps', ALL]);
    // All but NUL, which no text holds: a list with one is refused.
    const lines = Array.from({ length: 255 }, (_, n) => Buffer.from([0x61, n + 1, 0x62, 0x2e, 0x63, 0x6f, 0x0a]));
    const list = join(folder, `list-${EVIL_NAME}`);
    writeFileSync(list, Buffer.concat(lines));
    const imported = await safely(['rules', 'import', ...file, list]);
    expect(imported.stdout + imported.stderr).toContain('line');
    await safely(['rules', 'list', ...file]);
  });

  it('are harmless in a damaged rules file and a damaged app file', async () => {
    const rules = join(folder, `damaged-${EVIL_NAME}`);
    writeFileSync(rules, `{"version": 1, "rules": [${ALL}`);
    expect((await safely(['rules', 'list', '--rules-file', rules])).exitCode).toBe(2);
    const apps = join(folder, `apps-${EVIL_NAME}`);
    for (const text of [`{"${ALL}`, JSON.stringify({ [ALL]: { domains: [ALL] } }), `apps: ${ALL}`]) {
      writeFileSync(apps, text);
      expect((await safely(['analyze', NO_STORE, '--apps', apps, capture])).exitCode).toBe(2);
    }
  });
});
