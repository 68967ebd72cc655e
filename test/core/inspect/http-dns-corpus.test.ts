import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DnsAnswers, readAnswers } from '../../../src/core/inspect/dns/dns-answers.js';
import { dnsInspector, dnsTcpInspector, questionName } from '../../../src/core/inspect/dns/dns-inspector.js';
import { httpInspector } from '../../../src/core/inspect/http/http-inspector.js';
import { Finding, FOUND, InspectContext, type Inspector } from '../../../src/core/inspect/inspector.js';
import { CORPUS, captures, type Payload, type Truth, type TruthEntry } from './corpus-payloads.js';

/** Compares the names of single packets with what other tools found in the reference captures. */

const present = existsSync(`${CORPUS}captures`);
if (!present) console.log('skipped: no reference captures in ../shared/corpus');

const FAMILY: Record<string, string> = {
  http: 'http',
  dns: 'dns',
  dns_resp: 'dns',
  mdns: 'mdns',
  mdns_resp: 'mdns',
  llmnr: 'llmnr',
  llmnr_resp: 'llmnr',
};
/** What takes a flow engine, a tunnel decoder or another protocol's reader to see. */
const BEYOND_A_PACKET = /split|ipfrag|tunnel|http_late|via|ooo|retrans|lostseg|supp|quoted/;

const finding = new Finding();
const context = new InspectContext();

/** Names of a payload under the protocol they were found as, as the corpus writes names. */
function* namesOf(payload: Payload, inspectors: Inspector[]): Generator<[string, string]> {
  const { buf, end } = payload;
  for (const inspector of inspectors) {
    let start = payload.start;
    while (start < end) {
      context.srcPort = payload.srcPort;
      context.dstPort = payload.dstPort;
      context.final = true;
      context.state = undefined;
      finding.reset();
      if (inspector.inspect(buf, start, end, context, finding) !== FOUND) break;
      const family = finding.protocol || inspector.name;
      const next = finding.consumedEnd;
      if (finding.nameStart !== -1) yield [family, foundName()];
      if (inspector === dnsInspector) {
        for (let i = 1; questionName(buf, start, end, i, finding); i++) {
          if (finding.nameStart !== -1) yield [family, foundName()];
        }
      }
      if (next <= start) break;
      start = next;
    }
  }
}

function foundName(): string {
  return finding.nameBuf!.toString('utf8', finding.nameStart, finding.nameEnd).toLowerCase().replace(/\.$/, '');
}

/** Hosts without port and brackets. */
function truthName(entry: TruthEntry): string {
  return entry.name
    .replace(/^\[(.*)\](:\d*)?$/, '$1')
    .replace(/^([^:]*):\d*$/, '$1')
    .replace(/\.$/, '');
}

interface Score {
  required: number;
  hit: number;
  reported: number;
  confirmed: number;
  beyond: number;
  missed: string[];
  extra: string[];
}

function scoreOf(scores: Map<string, Score>, family: string): Score {
  let score = scores.get(family);
  if (score === undefined) {
    score = { required: 0, hit: 0, reported: 0, confirmed: 0, beyond: 0, missed: [], extra: [] };
    scores.set(family, score);
  }
  return score;
}

function compare(scores: Map<string, Score>, payloads: Payload[], truth: Truth): void {
  const flows = new Set(payloads.map((payload) => payload.flow));
  const found = new Map<string, Payload>();
  for (const payload of payloads) {
    const inspectors = payload.ipProto === 6 ? [httpInspector, dnsTcpInspector] : [dnsInspector];
    for (const [family, name] of namesOf(payload, inspectors))
      found.set(`${family}\t${payload.flow}\t${name}`, payload);
  }
  const known = new Set<string>();
  for (const [flow, entries] of Object.entries(truth.flows)) {
    for (const entry of entries) {
      const family = FAMILY[entry.kind];
      if (family === undefined) continue;
      const key = `${family}\t${flow}\t${truthName(entry)}`;
      if (known.has(key) || entry.opt !== undefined) {
        known.add(key);
        continue;
      }
      known.add(key);
      const score = scoreOf(scores, family);
      if (found.has(key)) {
        score.required++;
        score.hit++;
      } else if (!flows.has(flow) || BEYOND_A_PACKET.test(entry.tags?.join() ?? '')) score.beyond++;
      else {
        score.required++;
        score.missed.push(`${truth.path} ${entry.frame} ${key} ${entry.tags ?? ''}`);
      }
    }
  }
  for (const [key, payload] of found) {
    const score = scoreOf(scores, key.slice(0, key.indexOf('\t')));
    score.reported++;
    if (known.has(key)) score.confirmed++;
    else score.extra.push(`${truth.path} ${payload.packetNumber} ${JSON.stringify(key)}`);
  }
}

describe.skipIf(!present)('reference captures', () => {
  it('names agree with the truth', () => {
    const scores = new Map<string, Score>();
    for (const { payloads, truth } of captures()) compare(scores, payloads, truth);
    for (const [family, s] of scores) {
      console.log(
        `${family}: recall ${s.hit}/${s.required}, precision ${s.confirmed}/${s.reported}, beyond a packet ${s.beyond}`,
      );
      if (process.env.DPI_TEST_VERBOSE) console.log(['missed', ...s.missed, 'extra', ...s.extra].join('\n  '));
      expect(s.hit / s.required).toBeGreaterThan(0.98);
      expect(s.confirmed / s.reported).toBeGreaterThan(0.97);
    }
  });

  it('answers agree with the truth', () => {
    const into = new DnsAnswers();
    let hit = 0;
    let required = 0;
    let reported = 0;
    let confirmed = 0;
    let glue = 0;
    const missed: string[] = [];
    for (const { payloads, truth } of captures()) {
      const frames = new Map(payloads.map((payload) => [payload.packetNumber, payload]));
      const found = new Set<string>();
      for (const [number, { buf, start, end, ipProto, srcPort }] of frames) {
        if (srcPort !== 53) continue;
        const count = readAnswers(buf, ipProto === 6 ? start + 2 : start, end, into);
        for (let i = 0; i < count; i++) {
          const at = into.addressStart[i]!;
          found.add(`${number} ${buf.toString('hex', at, at + (into.family[i] === 4 ? 4 : 16))}`);
        }
      }
      const known = new Set<string>();
      for (const [frame, kind, name, address] of truth.answers) {
        const payload = frames.get(frame);
        if (payload === undefined || payload.srcPort !== 53) continue;
        const key = `${frame} ${hexOf(address)}`;
        known.add(key);
        // The truth counts the addresses of name servers in the additional section too.
        const additional = payload.buf.readUInt16BE(payload.start + (payload.ipProto === 6 ? 12 : 10));
        if (additional > 0 && !found.has(key)) {
          glue++;
          continue;
        }
        required++;
        if (found.has(key)) hit++;
        else missed.push(`${truth.path} ${frame} ${kind} ${name} ${address}`);
      }
      for (const key of found) {
        reported++;
        if (known.has(key)) confirmed++;
        else missed.push(`extra ${truth.path} ${key}`);
      }
    }
    console.log(`answers: recall ${hit}/${required}, precision ${confirmed}/${reported}, glue ${glue}`);
    if (process.env.DPI_TEST_VERBOSE) console.log(missed.join('\n'));
    expect(hit / required).toBeGreaterThan(0.98);
    expect(confirmed / reported).toBeGreaterThan(0.98);
  });
});

function hexOf(address: string): string {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number)).toString('hex');
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array(8 - before.length - after.length).fill('0');
  return [...before, ...middle, ...after].map((group: string) => group.padStart(4, '0')).join('');
}
