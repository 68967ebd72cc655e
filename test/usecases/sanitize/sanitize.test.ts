import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sanitizeCapture } from '../../../src/usecases/sanitize/sanitize.js';
import type { SanitizeOptions } from '../../../src/usecases/sanitize/sanitize-types.js';
import { readCapture } from '../../core/capture/read-capture.js';
import { httpRequest } from '../../forge/http.js';
import { pcapFile } from '../../forge/pcap.js';
import { PcapngWriter } from '../../forge/pcapng.js';
import { Prng } from '../../forge/prng.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'dpi-sanitize-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = 'the secret of this test';
/** One of each kind: the whole corpus is too long for every run. */
const SAMPLES = [
  'demo.pcap',
  'curl-tls12.pcap',
  'curl-ipv6.pcap',
  'firefox-quic.pcapng',
  'ssh.pcap',
  ...readdirSync(join(ROOT, 'samples/generated'))
    .filter((name) => /^(?:tunnel|file|quic|dtls|http2|tls-behind|tls-ip)-.*\.pcap(?:ng)?$/.test(name))
    .map((name) => join('generated', name)),
];

const webTalk = () =>
  new TcpConversation({
    client: { address: '192.168.5.6', port: 50123 },
    server: { address: '93.184.216.34', port: 80 },
  }).handshake();

async function sanitized(input: string, options: SanitizeOptions = {}) {
  const out = join(folder, 'out.pcap');
  const result = await sanitizeCapture(input, out, { secret: SECRET, ...options });
  return { ...result, bytes: readFileSync(out) };
}

describe('sanitizing a capture', () => {
  it.each(SAMPLES)('keeps the labels of %s, and nothing that was replaced', async (name) => {
    const path = join(ROOT, 'samples', name);
    const { report, bytes } = await sanitized(path);
    expect(report.proof.differences).toEqual([]);
    expect(report.proof.leaks).toEqual([]);
    expect([report.connections.lost, report.connections.nameless, report.scrubbed_places]).toEqual([0, 0, 0]);
    const before = readCapture(readFileSync(path)).packets;
    const after = readCapture(bytes).packets;
    expect(after.map(({ wireLen }) => wireLen)).toEqual(before.map(({ wireLen }) => wireLen));
    expect(new Set(after.map(({ tsMicros }, i) => tsMicros - before[i]!.tsMicros))).toEqual(
      new Set([report.time_shift_seconds * 1e6]),
    );
  });

  it('writes the same bytes with the same secret, and others with another', async () => {
    const path = join(ROOT, 'samples/curl-tls13.pcap');
    const first = (await sanitized(path)).bytes;
    expect((await sanitized(path)).bytes.equals(first)).toBe(true);
    expect((await sanitized(path, { secret: 'another secret' })).bytes.equals(first)).toBe(false);
  });

  it('leaves out what users write: paths, cookies, bodies, names of fields', async () => {
    const talk = webTalk();
    const head = [
      'GET /private/path?user=alice HTTP/1.1',
      'Host: intranet.corp',
      'Cookie: sid=topsecret',
      'X-Alice: yes',
    ];
    talk.send('client', Buffer.from(`${head.join('\r\n')}\r\n\r\nbody-of-alice`));
    talk.close();
    const path = join(folder, 'http.pcap');
    writeFileSync(path, pcapFile(talk.packets));
    const { report, bytes } = await sanitized(path);
    expect(report.proof.holds).toBe(true);
    for (const word of ['private', 'alice', 'Alice', 'topsecret', 'intranet', 'corp', 'body']) {
      expect(bytes.includes(word), word).toBe(false);
    }
    expect(bytes.includes('Cookie: xxx=xxxxxxxxx')).toBe(true);
  });

  it('leaves out comments, names, keys and options of pcapng', async () => {
    const talk = webTalk().send('client', httpRequest({ host: 'www.wikimedia.net', target: '/' }));
    const writer = new PcapngWriter()
      .section(false, 'comment of alice')
      .interface({ name: 'alice-eth0' })
      .secrets('CLIENT_RANDOM of alice')
      .block(4, [Buffer.from('alice-laptop')]);
    for (const packet of talk.packets) writer.packet(packet, 0, 'packet of alice');
    const path = join(folder, 'blocks.pcapng');
    writeFileSync(path, writer.bytes());
    const { report, bytes } = await sanitized(path);
    expect(report.proof.holds).toBe(true);
    expect(bytes.includes('alice')).toBe(false);
    expect(Object.keys(report.left_out)).toEqual([
      'decryption secrets blocks',
      'name resolution blocks',
      'options of interfaces',
      'options of sections',
    ]);
  });

  it('writes the lengths of records in the order that the version of the file says', async () => {
    const capture = pcapFile(webTalk().send('client', httpRequest({ host: 'www.wikimedia.net' })).packets);
    // Up to 2.2 the length on the wire came first.
    capture.writeUInt16LE(2, 6);
    const path = join(folder, 'old.pcap');
    writeFileSync(path, capture);
    const { report, bytes } = await sanitized(path);
    expect(report.proof.holds).toBe(true);
    expect([bytes.readUInt16LE(4), bytes.readUInt16LE(6)]).toEqual([2, 4]);
    expect(bytes.readUInt32LE(32)).toBeLessThanOrEqual(bytes.readUInt32LE(36));
  });

  it('keeps names that the user wants to keep, and only those', async () => {
    const path = join(ROOT, 'samples/demo.pcap');
    const { report, bytes } = await sanitized(path, { keepNames: ['youtube.com'], keepTime: true });
    expect(report.proof.holds).toBe(true);
    expect(report.kept_names.some((name) => name.endsWith('youtube.com'))).toBe(true);
    expect(report.kept_names.every((name) => name.endsWith('youtube.com'))).toBe(true);
    expect(bytes.includes('youtube')).toBe(true);
    expect(bytes.includes('netflix')).toBe(false);
    expect(report.time_shift_seconds).toBe(0);
  });

  it('takes any bytes: no exception, and nothing old left', async () => {
    const random = new Prng(7);
    const path = join(folder, 'changed.pcap');
    for (const name of SAMPLES.slice(0, 40)) {
      const bytes = Buffer.from(readFileSync(join(ROOT, 'samples', name)));
      if (bytes.length > 50_000) continue;
      for (let n = 0; n < 40; n++) bytes[40 + ((random.uint32() >>> 0) % (bytes.length - 40))] = random.uint32() & 0xff;
      writeFileSync(path, bytes);
      const { report } = await sanitizeCapture(path, join(folder, 'out.pcap'), { secret: SECRET });
      expect([name, report.proof.leaks]).toEqual([name, []]);
    }
  }, 240_000);

  it('keeps the length of packets on request', async () => {
    const path = join(ROOT, 'samples/demo.pcap');
    const { report, bytes } = await sanitized(path, { fillZeros: true });
    expect(report.proof.holds).toBe(true);
    expect(bytes.length).toBe(readFileSync(path).length);
  });
});
