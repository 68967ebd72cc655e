/**
 * Writes samples/generated/: what no client sends on demand. `npx tsx samples/generate.ts` gives the same bytes every
 * time; recorded captures beside this file are only read, for the samples that send a real handshake in another order.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { captureFileSamples } from './generate-capture-files.js';
import { quicSamples } from './generate-quic.js';
import { reorderedRecordings } from './generate-reordered.js';
import type { Sample } from './generate-sample.js';
import { tcpSamples } from './generate-tcp.js';
import { tunnelSamples } from './generate-tunnels.js';
import { wrappedSamples } from './generate-wrapped.js';

const FOLDER = new URL('./generated/', import.meta.url);

/** Every generated sample as it is stored. */
export function generatedSamples(): Sample[] {
  const samples = [
    ...tcpSamples(),
    ...quicSamples(),
    ...wrappedSamples(),
    ...tunnelSamples(),
    ...captureFileSamples(),
    ...reorderedRecordings(new URL('./', import.meta.url)),
  ];
  return samples.map(({ name, bytes }) => ({
    name,
    bytes: name.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes,
  }));
}

function main(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, bytes } of generatedSamples()) {
    writeFileSync(new URL(name, FOLDER), bytes);
    process.stdout.write(`${name}: ${bytes.length} bytes\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
