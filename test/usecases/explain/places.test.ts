/** The bytes at the offsets that `--explain` reports are those of the names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BytePlace, Proof } from '../../../src/core/explain/model.js';
import { CORPUS, hasCorpus } from '../../core/inspect/quic/corpus.js';
import { dnsName } from '../../forge/dns.js';
import { allExplained } from './explained.js';

const SAMPLES = ['samples', 'samples/generated'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => `${folder}/${name}`),
);
const IN_CLEAR = new Set(['tls', 'http', 'dns', 'dtls', 'socks']);

/** Frames of a classic little-endian pcap by packet number, read without the program's own reader. */
function pcapFrames(data: Buffer): Buffer[] | null {
  if (![0xa1b2c3d4, 0xa1b23c4d].includes(data.readUInt32LE(0))) return null;
  const frames: Buffer[] = [Buffer.alloc(0)];
  for (let at = 24; at + 16 <= data.length; ) {
    const end = at + 16 + data.readUInt32LE(at + 8);
    frames.push(data.subarray(at + 16, end));
    at = end;
  }
  return frames;
}

function bytesAt(place: BytePlace, data: Buffer, frames: Buffer[] | null): Buffer {
  const inFile = data.subarray(place.file_offset!, place.file_offset! + place.length);
  expect(inFile.toString('hex').slice(0, 128)).toBe(place.hex);
  const inFrame = frames?.[place.packet]?.subarray(place.frame_offset!, place.frame_offset! + place.length);
  if (inFrame !== undefined) expect(inFrame.equals(inFile)).toBe(true);
  return inFile;
}

/** The bytes of the proof's places, put together. */
function provenBytes(proof: Proof, data: Buffer, frames: Buffer[] | null): Buffer {
  return Buffer.concat(proof.bytes.map((place) => bytesAt(place, data, frames)));
}

function expectName(proof: Proof, data: Buffer, frames: Buffer[] | null): void {
  const bytes = provenBytes(proof, data, frames);
  const name = proof.name!.toLowerCase();
  if (proof.protocol === 'dns') expect(bytes.toString('latin1').toLowerCase()).toBe(dnsName(name).toString('latin1'));
  else expect(bytes.toString('utf8').toLowerCase().replace(/\.$/, '')).toBe(name);
}

describe('places', () => {
  it.each(SAMPLES)('of names in %s hold the names', async (sample) => {
    const data = readFileSync(sample);
    const frames = pcapFrames(data);
    for (const { connection, proofs } of await allExplained(sample)) {
      if (connection.domain === null || connection.detected_by === 'dns-answer') continue;
      const proof = proofs.find(({ name }) => name === connection.domain);
      expect(proof, `connection ${connection.id}`).toBeDefined();
      expect(proof!.packets.length).toBeGreaterThan(0);
      // The HTTP/2 sample writes its name without Huffman code.
      if (IN_CLEAR.has(proof!.protocol) || proof!.protocol === 'http2') expectName(proof!, data, frames);
      else {
        const decrypted = proof!.decrypted.map(({ hex }) => hex).join('');
        expect(Buffer.from(decrypted, 'hex').toString('latin1').toLowerCase()).toBe(connection.domain);
      }
    }
  });

  it('of the corpus hold the names', { timeout: 60_000 }, async () => {
    if (!hasCorpus) return console.warn('skipped: no corpus of captures');
    const captures = readdirSync(join(CORPUS, 'captures')).filter((name, i) => i % 40 === 7 && name.endsWith('.pcap'));
    let names = 0;
    for (const capture of captures) {
      const file = join(CORPUS, 'captures', capture);
      const data = readFileSync(file);
      const explanations = await allExplained(file).catch(() => []);
      for (const { connection, proofs } of explanations) {
        for (const proof of proofs) {
          for (const place of proof.bytes) bytesAt(place, data, null);
          if (proof.name === null || !['tls', 'http'].includes(proof.protocol)) continue;
          expect(proof.bytes.length, `${capture} connection ${connection.id}`).toBeGreaterThan(0);
          names++;
        }
      }
    }
    expect(names).toBeGreaterThan(10);
  });
});
