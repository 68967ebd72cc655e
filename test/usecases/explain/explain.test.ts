import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/explain/model.js';
import { explanationLines } from '../../../src/render/explain.js';
import { explainText } from '../../../src/render/explain-format.js';
import { explainJson } from '../../../src/render/explain-json.js';
import { PLAIN } from '../../../src/render/paint.js';
import type { RuleTexts } from '../../../src/usecases/rules/rules-in-force.js';
import { certificate, serverFlight12 } from '../../forge/certificate.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { Prng } from '../../forge/prng.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import type { Endpoint } from '../../forge/transport.js';
import { allExplained, explained } from './explained.js';

const GENERATED = 'samples/generated';
const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '203.0.113.5', port: 443 };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function capture(packets: readonly ForgedPacket[]): string {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile(packets));
  return file;
}

function conversation(): TcpConversation {
  return new TcpConversation({ client, server }).handshake();
}

/** Without what changes when the app table is looked over. */
function text(explanations: readonly Explanation[], width = 80): string {
  const steady = explanations.map((one) => ({
    ...one,
    entries: one.entries.map((entry) => ({ ...entry, source: 'its owner', date: '2026-01-02' })),
  }));
  return `${steady.map((one) => explanationLines(one, width, PLAIN).join('\n')).join('\n\n')}\n`;
}

function rule(action: RuleTexts['action'], type: RuleTexts['type'], ...texts: string[]): RuleTexts {
  return { type, action, option: `--${action}-${type}`, texts };
}

describe('what --explain takes', () => {
  it.each([
    ['#42', 9],
    ['#86', 17],
    ['192.0.2.10:35038', 17],
    ['17', 17],
  ])('finds with %s the connection %i of the demo', async (what, id) => {
    const { explanations } = await explained('samples/demo.pcap', what);
    expect(explanations.map(({ connection }) => connection.id)).toEqual([id]);
  });

  it('finds no connection for a packet beyond the last', async () => {
    expect((await explained('samples/demo.pcap', '#693')).explanations).toEqual([]);
  });
});

describe('the text of --explain', () => {
  it.each([
    ['tls-cut-inside-sni', 'www.youtube.com'],
    ['tls-many-records-many-segments', '1'],
    ['tls-one-byte-a-segment', '1'],
    ['tls-ip-fragments-reversed', '1'],
    ['quic-ten-initials-shuffled', 'YOUTUBE'],
    ['quic-ech', 'UNKNOWN'],
    ['http-pipelined-proxy', '1'],
    ['dns-answer-names-connection', '203.0.113.0/24'],
  ])('%s', async (sample, what) => {
    const { explanations } = await explained(`${GENERATED}/${sample}.pcap`, what);
    await expect(text(explanations)).toMatchFileSnapshot(`golden/${sample}.txt`);
  });

  it('tells of an unknown payload what it begins with and who was asked', async () => {
    const { packets } = new TcpConversation({ client, server: { ...server, port: 40_000 } })
      .handshake()
      .send('client', Buffer.concat([Buffer.from([0xf7, 0xf8]), new Prng(5).bytes(60)]))
      .send('server', Buffer.concat([Buffer.from([0xf9, 0xfa]), new Prng(6).bytes(30)]));
    const { explanations } = await explained(capture(packets), '#1');
    const [only] = explanations;
    expect(only!.unknown).toMatch(/^none of the \d+ protocols asked knows the payload\.$/);
    expect(only!.payloads.map(({ from, place }) => [from, place.packet, place.hex.slice(0, 4)])).toEqual([
      ['initiator', 4, 'f7f8'],
      ['responder', 6, 'f9fa'],
    ]);
    expect(only!.asked.length).toBeGreaterThan(0);
    const lines = text(explanations);
    expect(lines).toContain('first bytes of the initiator: packet 4');
    expect(lines).toContain('no match: ');
  });

  it('shows the certificate that told the app', async () => {
    const flight = serverFlight12([certificate({ commonName: '*.google.com' })]);
    const { packets } = conversation()
      .send('client', clientHelloRecord({ serverName: undefined, legacy: true }))
      .send('server', flight, { segments: [300, 100] });
    const { explanations } = await explained(capture(packets), 'GOOGLE');
    await expect(text(explanations)).toMatchFileSnapshot('golden/certificate.txt');
  });

  it('lists the rules that match, and which decides', async () => {
    const ofCall = [
      rule('block', 'ip', '203.0.113.0/24'),
      rule('block', 'app', 'YOUTUBE'),
      rule('block', 'port', '443'),
      rule('allow', 'domain', 'www.youtube.com', 'example.org'),
    ];
    const rules = { ofCall, stored: null, strict: false, env: {} };
    const file = `${GENERATED}/tls-cut-inside-sni.pcap`;
    const { explanations } = await explained(file, '1', { rules });
    expect(explanations[0]!.rules).toEqual([
      { rule: 'ip:203.0.113.0/24', action: 'block', matches: '203.0.113.10', decides: false },
      { rule: 'port:443', action: 'block', matches: 'port 443', decides: false },
      { rule: 'domain:www.youtube.com', action: 'allow', matches: 'www.youtube.com', decides: true },
      { rule: 'app:YOUTUBE', action: 'block', matches: 'YOUTUBE', decides: false },
    ]);
    const blocking = { ...rules, ofCall: ofCall.slice(1, 2) };
    const blocked = await explained(file, '1', { rules: blocking });
    expect(blocked.explanations[0]).toMatchObject({
      connection: { blocked: true },
      rules: [{ rule: 'app:YOUTUBE', decides: true }],
    });
  });

  it('keeps to the width, whatever it is', async () => {
    const { explanations } = await explained('samples/demo.pcap', '0.0.0.0/0');
    for (const width of [40, 60, 80, 120]) {
      const lines = text(explanations, width).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });
});

describe('--explain', () => {
  it('explains the first ones in the order of their ids, and counts the others', async () => {
    const { explanations, result } = await explained('samples/demo.pcap', '192.0.2.10', { limit: 3 });
    expect(explanations.map(({ connection }) => connection.id)).toEqual([1, 2, 3]);
    expect(result.shown).toBe(3);
    expect(result.matched).toBeGreaterThan(40);
    let written = '';
    const format = explainText((part) => (written += part), { width: 80, paint: PLAIN });
    format.finish(result);
    expect(written).toMatch(/^\d+ more of 53 connections match 192\.0\.2\.10: --top or --all\.\n$/);
  });

  it('gives the same record as an analysis', async () => {
    const { explanations } = await explained('samples/demo.pcap', 'github.com');
    for (const { connection } of explanations) expect(connection.domain).toMatch(/(^|\.)github\.com$/);
    expect(explanations.map(({ connection }) => connection.ja4 !== null)).toContain(true);
  });

  it('writes JSON whose places can be looked up', async () => {
    let json = '';
    const format = explainJson((part) => (json += part));
    const { explanations, result } = await explained(`${GENERATED}/tls-cut-inside-sni.pcap`, 'youtube.com');
    for (const one of explanations) format.explanation(one);
    format.finish(result);
    const document = JSON.parse(json);
    expect(Object.keys(document)).toEqual([
      'schema_version',
      'generator',
      'explanations',
      'query',
      'matched',
      'shown',
      'total_connections',
      'packet',
    ]);
    expect(document.explanations).toEqual(JSON.parse(JSON.stringify(explanations)));
    expect(document).toMatchObject({ query: 'youtube.com', matched: 1, shown: 1, total_connections: 1 });
  });

  it('writes JSON by its schema', async () => {
    const schema = (name: string) => JSON.parse(readFileSync(`schema/${name}.schema.json`, 'utf8'));
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    ajv.addSchema(schema('report'));
    const validate = ajv.compile(schema('explanation'));
    for (const sample of [
      'demo',
      'generated/tls-ip-fragments',
      'generated/quic-ech',
      'generated/http-pipelined-proxy',
    ]) {
      let json = '';
      const format = explainJson((part) => (json += part));
      const explanations = await allExplained(`samples/${sample}.pcap`);
      for (const one of explanations) format.explanation(one);
      const matched = explanations.length;
      format.finish({ query: 'x', matched, shown: matched, connections: matched, packet: null });
      validate(JSON.parse(json));
      expect(validate.errors, sample).toBeNull();
    }
  });

  it('says that nothing matches', async () => {
    const { result } = await explained(`${GENERATED}/tls-cut-inside-sni.pcap`, 'nowhere.example');
    let written = '';
    explainText((part) => (written += part), { width: 80, paint: PLAIN }).finish(result);
    expect(written).toBe('None of 1 connection matches nowhere.example.\n');
    let json = '';
    explainJson((part) => (json += part)).finish(result);
    expect(JSON.parse(json)).toMatchObject({ explanations: [], matched: 0 });
  });

  it('needs a file that can be read twice', async () => {
    await expect(explained('-', 'x.example')).rejects.toThrow(/reads the capture twice, and standard input/);
    await expect(explained('/dev/null', 'x.example')).rejects.toThrow(/reads the capture twice, and \/dev\/null/);
  });
});
