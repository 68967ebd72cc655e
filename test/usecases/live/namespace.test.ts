import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../support/run-cli.js';
import { LiveProcess } from './live-process.js';

/** Addresses of the benchmarking range (RFC 2544), one network a process. */
const net = `198.18.${process.pid % 256}`;
const namespace = `dpi-${process.pid}`;
const near = `dpia${process.pid % 100_000}`;
const far = `dpib${process.pid % 100_000}`;

const ip = (...args: string[]) => spawnSync('ip', args).status === 0;
const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const hasTools = process.getuid?.() === 0 && has('ip') && has('openssl') && has('tcpdump') && has('dumpcap');
const works = hasTools && ip('netns', 'add', namespace);
if (!works) console.log('skipped: no root, ip, openssl, tcpdump or dumpcap, or no right to make a network namespace');

/** A handshake with a name, from the other end of the cable. */
function connect(name: string, port: number): ChildProcess {
  const client = ['openssl', 's_client', '-connect', `${net}.1:${port}`, '-servername', name];
  return spawn('ip', ['netns', 'exec', namespace, ...client], { stdio: 'ignore' });
}

// The gate's machine may forbid namespaces to its root: only what it lacks of tools is a failure there.
describe.skipIf(!works && (process.env.CI === undefined || hasTools))('dpi live on a real interface', () => {
  // Takes the ClientHello and closes: what is to be seen has been sent by then.
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end());
  });
  let port = 0;

  beforeAll(async () => {
    await ensureBuilt();
    const made =
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace) &&
      ip('addr', 'add', `${net}.1/24`, 'dev', near) &&
      ip('link', 'set', near, 'up') &&
      ip('-n', namespace, 'addr', 'add', `${net}.2/24`, 'dev', far) &&
      ip('-n', namespace, 'link', 'set', far, 'up');
    expect(made).toBe(true);
    await new Promise<void>((done) => server.listen(0, `${net}.1`, done));
    port = (server.address() as { port: number }).port;
  });

  afterAll(() => {
    server.close();
    ip('link', 'del', near);
    ip('netns', 'del', namespace);
  });

  async function seesTheName(live: LiveProcess, name: string): Promise<void> {
    await live.until(() => live.stdout.includes('"type":"start"'));
    const client = connect(name, port);
    await live.until(() => live.events.some(({ type, domain }) => type === 'label' && domain === name));
    const label = live.events.find(({ type, domain }) => type === 'label' && domain === name)!;
    expect(label).toMatchObject({ detected_by: 'tls', src_ip: `${net}.2`, dst_ip: `${net}.1`, dst_port: port });
    // While the connection lives: it is told of neither at its end nor at that of the capture.
    expect(live.events.some(({ type }) => type === 'connection' || type === 'summary')).toBe(false);
    client.kill();
  }

  it.each(['dumpcap', 'tcpdump'])('shows a name while its connection lives, by %s', async (tool) => {
    const live = new LiveProcess([near, '--tool', tool, '--ndjson', '--block-app', 'YOUTUBE']);
    await seesTheName(live, 'i.ytimg.com');
    const label = live.events.find(({ type, domain }) => type === 'label' && domain === 'i.ytimg.com');
    expect(label).toMatchObject({ app: 'YOUTUBE', blocked: true, blocked_by: 'app:YOUTUBE' });
    live.child.kill('SIGINT');
    expect((await live.ended).code).toBe(130);
    expect(live.events.at(-1)).toMatchObject({ type: 'summary', lost_packets: 0, blocked_connections: 1 });
  });

  it('tells what tcpdump lost while it runs', async () => {
    const live = new LiveProcess([near, '--tool', 'tcpdump', '--ndjson', '--interval', '250ms']);
    await live.until(() => live.events.some(({ type, lost_packets: lost }) => type === 'stats' && lost === 0));
    live.child.kill('SIGTERM');
    expect((await live.ended).code).toBe(130);
  });

  it("reads what a user's own tcpdump hands on", async () => {
    const live = new LiveProcess(['-i', '-', '--ndjson']);
    const capture = spawn('tcpdump', ['-U', '-w', '-', '-i', near], { stdio: ['ignore', 'pipe', 'ignore'] });
    capture.stdout.pipe(live.child.stdin!);
    await seesTheName(live, 'www.netflix.com');
    capture.kill('SIGINT');
    expect((await live.ended).code).toBe(0);
    expect(live.events.at(-1)).toMatchObject({ type: 'summary', inputs: [{ name: '-', format: 'pcap' }] });
  });

  it('obeys the filter of the capture tool', async () => {
    const live = new LiveProcess([near, '--ndjson', '--filter', `not port ${port}`]);
    await live.until(() => live.stdout.includes('"type":"start"'));
    const client = connect('www.tiktok.com', port);
    await new Promise((done) => client.once('close', done));
    live.child.kill('SIGINT');
    await live.ended;
    expect(live.stdout).not.toContain('tiktok');
  });
});
