import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { LiveProcess, ROOT } from './live-process.js';

const DEMO = readFileSync(join(ROOT, 'samples/demo.pcap'));
const folder = mkdtempSync(join(tmpdir(), 'dpi-live-'));
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(JSON.parse(readFileSync(join(ROOT, 'schema/report.schema.json'), 'utf8')));
const isEvent = ajv.compile(JSON.parse(readFileSync(join(ROOT, 'schema/live.schema.json'), 'utf8')));

beforeAll(ensureBuilt);
afterAll(() => rmSync(folder, { recursive: true }));

/** Where packet `count` of a pcap file ends. */
function endOfPacket(capture: Buffer, count: number): number {
  let at = 24;
  for (let n = 0; n < count; n++) at += 16 + capture.readUInt32LE(at + 8);
  return at;
}

function write(live: LiveProcess, bytes: Buffer): Promise<void> {
  return new Promise((done) => live.child.stdin!.write(bytes, () => done()));
}

describe('dpi live -i -', () => {
  it('tells a name while the pipe is silent, though no batch is full and half a packet waits', async () => {
    const live = new LiveProcess(['-i', '-', '--ndjson']);
    // Packet 42 completes the name of the first connection to YouTube.
    await write(live, DEMO.subarray(0, endOfPacket(DEMO, 42) + 7));
    await live.until(() => live.stdout.includes('"domain":"www.youtube.com"'));
    const label = live.events.find(({ type, detected_by: by }) => type === 'label' && by === 'quic');
    expect(label).toMatchObject({ app: 'YOUTUBE', evidence_packet: 42, packets: expect.any(Number) });
    expect(live.events.some(({ type }) => type === 'summary')).toBe(false);
    live.child.stdin!.end(DEMO.subarray(endOfPacket(DEMO, 42) + 7));
    expect(await live.ended).toEqual({ code: 0, signal: null });
    expect(live.stderr).toBe('');
  });

  it('prints the connections of analyze --ndjson, all lines as the schema has them', async () => {
    const live = new LiveProcess(['-', '--ndjson', '--interval', '250ms', '--block-app', 'NETFLIX']);
    const stats = () => live.events.filter(({ type }) => type === 'stats').length;
    // In parts, so that a reading falls between two of them.
    const half = DEMO.length >> 1;
    await write(live, DEMO.subarray(0, half));
    await live.until(() => stats() > 0);
    for (let at = half; at < DEMO.length; at += 40_000) await write(live, DEMO.subarray(at, at + 40_000));
    const before = stats();
    await live.until(() => stats() > before);
    live.child.stdin!.end();
    expect((await live.ended).code).toBe(0);
    const { events } = live;
    for (const event of events) expect(isEvent(event), JSON.stringify([event, isEvent.errors])).toBe(true);
    expect(events[0]).toMatchObject({ type: 'start', interface: '-', tool: null });
    expect(events.at(-1)).toMatchObject({ type: 'summary', total_packets: 692, lost_packets: null });
    expect(events.filter(({ type }) => type === 'stats').at(-1)).toMatchObject({ total_packets: expect.any(Number) });

    const analyzed = await runDpi(['analyze', '--ndjson', '--block-app', 'NETFLIX', 'samples/demo.pcap']);
    const lines = (text: unknown) =>
      String(text)
        .split('\n')
        .filter((line) => line.startsWith('{"type":"connection"'));
    expect(lines(live.stdout).sort()).toEqual(lines(analyzed.stdout).sort());
    // A label never says what the connection's end takes back.
    const ends = new Map(events.filter(({ type }) => type === 'connection').map((one) => [one.id, one]));
    const labels = events.filter(({ type }) => type === 'label');
    expect(labels.length).toBeGreaterThanOrEqual(53);
    for (const { id, app, domain } of labels) expect(ends.get(id)).toMatchObject({ app, domain });
  });

  it('ends closed connections though no further packet comes', async () => {
    const live = new LiveProcess(['-', '--ndjson']);
    await write(live, DEMO);
    // Ten seconds after FIN from both sides.
    await live.until(() => live.events.some(({ type }) => type === 'connection'), 45_000);
    const first = live.events.find(({ type }) => type === 'connection')!;
    expect(first).toMatchObject({ protocol: 'TCP', tcp_state: 'closed' });
    expect(live.events.some(({ type }) => type === 'summary')).toBe(false);
    live.child.stdin!.end();
    await live.ended;
  });

  it('goes by the rules as they are at each moment', async () => {
    const rules = join(folder, 'rules.json');
    await runDpi(['rules', 'add', 'app:DISCORD', '--rules-file', rules]);
    const live = new LiveProcess(['-', '--ndjson', '--interval', '250ms', '--rules-file', rules]);
    await write(live, DEMO.subarray(0, endOfPacket(DEMO, 20)));
    await live.until(() => live.stdout.includes('"rules":1,'));
    await runDpi(['rules', 'add', 'app:YOUTUBE', '--rules-file', rules]);
    await live.until(() => live.stdout.includes('"rules":2,'));
    live.child.stdin!.end(DEMO.subarray(endOfPacket(DEMO, 20)));
    expect((await live.ended).code).toBe(0);
    const blocked = live.events.filter(({ type, blocked: is }) => type === 'connection' && is === true);
    expect(new Set(blocked.map(({ blocked_by: by }) => by))).toEqual(new Set(['app:YOUTUBE', 'app:DISCORD']));
    expect(live.events.at(-1)).toMatchObject({ rules: { store: rules, count: 2 } });
  });

  it('ends at --count, reports so many packets, and keeps just those', async () => {
    const file = join(folder, 'count.pcap');
    const live = new LiveProcess(['-', '--count', '100', '--write', file]);
    live.child.stdin!.write(DEMO);
    expect((await live.ended).code).toBe(0);
    expect(live.stdout).toContain('100 packets');
    expect(readFileSync(file).equals(DEMO.subarray(0, endOfPacket(DEMO, 100)))).toBe(true);
  });

  it('ends on a signal while the FIFO of --write has no reader', async () => {
    const fifo = join(folder, 'no-reader');
    execFileSync('mkfifo', [fifo]);
    const live = new LiveProcess(['-', '--write', fifo]);
    live.child.stdin!.write(DEMO);
    const status = () => readFileSync(`/proc/${live.child.pid}/status`, 'latin1');
    await live.until(() => (BigInt(`0x${/^SigCgt:\s*([\da-f]+)$/m.exec(status())![1]}`) & 0x4003n) === 0x4003n);
    live.child.kill('SIGTERM');
    expect((await live.ended).code).toBe(130);
  });

  it('keeps the capture as it comes, whole at any time, also after an interrupt', async () => {
    const file = join(folder, 'kept.pcap');
    const live = new LiveProcess(['-', '--write', file]);
    const end = endOfPacket(DEMO, 200);
    await write(live, DEMO.subarray(0, end + 5));
    await live.until(() => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === end);
    live.child.kill('SIGINT');
    expect((await live.ended).code).toBe(130);
    expect(live.stdout).toContain('200 packets');
    expect(readFileSync(file).equals(DEMO.subarray(0, end))).toBe(true);
  });

  it('ends after --duration though nothing comes', async () => {
    const live = new LiveProcess(['-', '--duration', '300ms', '--ndjson']);
    await write(live, DEMO.subarray(0, endOfPacket(DEMO, 5)));
    expect((await live.ended).code).toBe(0);
    expect(live.events.at(-1)).toMatchObject({ type: 'summary', total_packets: 5, warnings: [] });
  });

  it('prints a line for each connection with --lines, and ends when nobody reads them', async () => {
    const live = new LiveProcess(['-', '--lines']);
    await write(live, DEMO.subarray(0, endOfPacket(DEMO, 100)));
    await live.until(() =>
      live.stdout.includes('YOUTUBE i.ytimg.com quic #81 192.0.2.10:60279 → 203.0.113.11:443 UDP'),
    );
    live.child.stdout!.destroy();
    await write(live, DEMO.subarray(endOfPacket(DEMO, 100)));
    expect((await live.ended).code).toBe(0);
    expect(live.stderr).toBe('');
  });

  it('prints the report of analyze where there is no terminal', async () => {
    const live = new LiveProcess(['-'], { COLUMNS: '100' });
    live.child.stdin!.end(DEMO);
    expect((await live.ended).code).toBe(0);
    const analyzed = await runDpi(['analyze', 'samples/demo.pcap'], { env: { COLUMNS: '100' } });
    const body = (text: unknown) =>
      String(text)
        .slice(String(text).indexOf(' Packets'))
        .replace(/\n Read .*\n/, '\n');
    expect(body(live.stdout)).toBe(body(analyzed.stdout));
  });

  it('says how a damaged stream ends, and what is no capture', async () => {
    const cut = new LiveProcess(['-']);
    cut.child.stdin!.end(DEMO.subarray(0, endOfPacket(DEMO, 10) + 20));
    expect((await cut.ended).code).toBe(3);
    expect(cut.stderr).toContain('it ends inside a packet record');
    const none = new LiveProcess(['-']);
    none.child.stdin!.end('hello, this is no capture at all\n');
    expect((await none.ended).code).toBe(2);
    expect(none.stderr).toMatch(/^dpi: standard input/);
  });

  it('fails the build when --fail-on finds something', async () => {
    const live = new LiveProcess(['-', '--quiet', '--fail-on', 'app:TIKTOK']);
    live.child.stdin!.end(DEMO);
    expect((await live.ended).code).toBe(1);
    expect(live.stderr).toContain('dpi: found app:TIKTOK');
  });

  it.each([
    [['-', '--duration', 'soon'], "--duration takes a duration such as 30s, 5m or 2h, not 'soon'"],
    [['-', '--interval', '1ms'], '--interval takes a duration of 250 ms or more'],
    [['-', '--filter', 'tcp'], '--filter is for the capture tool'],
    [['eth0', '-i', 'eth1'], "one interface at a time: 'eth0' or 'eth1'"],
    [['-', '--ndjson', '--lines'], 'cannot be used with'],
    [['--tool', 'snoop'], 'Allowed choices are dumpcap, tcpdump'],
    [['-', '--write', '/nonexistent/x.pcap'], "can't write /nonexistent/x.pcap: its directory does not exist"],
  ])('refuses %j', async (args, message) => {
    const live = new LiveProcess(args);
    live.child.stdin!.end(DEMO);
    expect((await live.ended).code).toBe(2);
    expect(live.stderr).toContain(message);
    expect(live.stdout).toBe('');
  });
});
