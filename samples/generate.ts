/**
 * Writes samples/generated/: what no client sends on demand. `npx tsx samples/generate.ts` gives the same bytes every time;
 * recorded captures beside this file are only read, for the samples that send a real handshake in another order.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { captureFileSamples } from './generate-capture-files.js';
import { quicSamples } from './generate-quic.js';
import { reorderedRecordings } from './generate-reordered.js';
import type { Sample } from './generate-sample.js';
import { tcpSamples } from './generate-tcp.js';
import { tunnelSamples } from './generate-tunnels.js';

const FOLDER = new URL('./generated/', import.meta.url);

const samples: Sample[] = [
  ...tcpSamples(),
  ...quicSamples(),
  ...tunnelSamples(),
  ...captureFileSamples(),
  ...reorderedRecordings(new URL('./', import.meta.url)),
];

mkdirSync(FOLDER, { recursive: true });
for (const { name, bytes } of samples) {
  const stored = name.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes;
  writeFileSync(new URL(name, FOLDER), stored);
  process.stdout.write(`${name}: ${stored.length} bytes\n`);
}
