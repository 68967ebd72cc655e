/** The bytes that a page shows of each name, kept in one pass, against those that `--explain` finds in two. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import type { NameBytes } from '../../../src/core/report/name-bytes.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import type { Endpoint } from '../../forge/transport.js';
import { allExplained } from '../../usecases/explain/explained.js';

interface Kept {
  readonly c: ConnectionRecord;
  readonly bytes: NameBytes | null;
}

async function keptBytes(...files: string[]): Promise<Kept[]> {
  const kept: Kept[] = [];
  await analyzeCaptures(files, { nameBytes: true, onConnection: (c, bytes = null) => kept.push({ c, bytes }) });
  return kept.sort((one, two) => one.c.id - two.c.id);
}

function marked({ hex, markStart, markEnd }: NameBytes): string {
  return hex.slice(2 * markStart, 2 * markEnd);
}

const SAMPLES = [
  'samples/demo.pcap',
  ...readdirSync('samples/generated')
    .filter((name) => /^(tls|quic|http|http2|dns|dtls|socks|google).*\.pcap(ng)?$/.test(name))
    .map((name) => `samples/generated/${name}`),
];

describe.each(SAMPLES)('the bytes of %s', (sample) => {
  it('lie where --explain says', async () => {
    const explanations = new Map((await allExplained(sample)).map((one) => [one.connection.id, one]));
    for (const { c, bytes } of await keptBytes(sample)) {
      if (bytes === null) continue;
      expect(bytes.hex.length).toBeLessThanOrEqual(128);
      if (bytes.markEnd === bytes.markStart) {
        expect(c.domain === null || c.evidence_packet === null).toBe(true);
        continue;
      }
      const explanation = explanations.get(c.id)!;
      const proof = explanation.proofs.find(({ name }) => name === c.domain)!;
      expect(proof.packet).toBe(bytes.packet);
      const hex = marked(bytes);
      if (bytes.place === 'frame') {
        const [place] = proof.bytes;
        expect(proof.bytes).toHaveLength(1);
        expect(bytes.offset! + bytes.markStart).toBe(place!.frame_offset);
        expect(place!.hex.startsWith(hex)).toBe(true);
      } else if (bytes.place === 'decrypted') {
        expect(proof.decrypted.map((place) => place.hex).join('')).toContain(hex);
      } else {
        expect(proof.bytes.map((place) => place.hex).join('')).toBe(hex);
      }
    }
  });
});

describe('bytes', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpi-name-bytes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
  const server: Endpoint = { address: '203.0.113.5', port: 443 };

  async function ofPackets(packets: readonly ForgedPacket[]): Promise<Kept[]> {
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, pcapFile(packets));
    return keptBytes(file);
  }

  it('are kept of most names of the demo', async () => {
    const kept = await keptBytes('samples/demo.pcap');
    const proven = kept.filter(({ c }) => c.evidence_packet !== null);
    expect(proven.filter(({ bytes }) => bytes !== null).length).toBeGreaterThan(proven.length * 0.9);
  });

  it('are cut behind 64, however long the name', async () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`;
    const [one] = await ofPackets(
      new TcpConversation({ client, server, mss: 4000 })
        .handshake()
        .send('client', clientHelloRecord({ serverName: name })).packets,
    );
    expect(one!.bytes).toMatchObject({ place: 'frame', markStart: 16, markEnd: 64 });
    expect(Buffer.from(marked(one!.bytes!), 'hex').toString()).toBe(name.slice(0, 48));
  });

  it('of a name cut between segments are those of the joined message', async () => {
    const hello = clientHelloRecord({ serverName: 'www.example.com' });
    const at = hello.indexOf('www.example.com') + 4;
    const [one] = await ofPackets(
      new TcpConversation({ client, server }).handshake().send('client', hello, { segments: [at] }).packets,
    );
    expect(one!.bytes).toMatchObject({ place: 'joined', offset: null, packet: one!.c.evidence_packet });
    expect(Buffer.from(marked(one!.bytes!), 'hex').toString()).toBe('www.example.com');
  });

  it('of a connection that uses the ports of another are its own', async () => {
    const talk = (serverName: string, startMicros: number) =>
      new TcpConversation({ client, server, startMicros })
        .handshake()
        .send('client', clientHelloRecord({ serverName }))
        .finish('client')
        .finish('server').packets;
    const kept = await ofPackets([...talk('one.example', 1e12), ...talk('two.example', 1e12 + 9e9)]);
    const names = kept.map(({ bytes }) => Buffer.from(marked(bytes!), 'hex').toString());
    expect(names).toEqual(['one.example', 'two.example']);
  });

  it('are asked for', async () => {
    const kept: unknown[] = [];
    await analyzeCaptures(['samples/demo.pcap'], { onConnection: (_, bytes) => kept.push(bytes) });
    expect(new Set(kept)).toEqual(new Set([null]));
  });
});
