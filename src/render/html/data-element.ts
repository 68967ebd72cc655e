import { gzipSync } from 'node:zlib';
import type { ComparisonPayload, Payload, PolicyPayload } from './payload.js';

const BEST_COMPRESSION = 9;
/** Byte of the gzip header that names the operating system, and its value for "unknown" (RFC 1952 §2.3). */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;

/** The data as base64 of gzip of JSON: the same bytes for the same data. */
export function packedData(payload: Payload | PolicyPayload | ComparisonPayload): string {
  const bytes = gzipSync(JSON.stringify(payload), { level: BEST_COMPRESSION });
  bytes[GZIP_OS] = UNKNOWN_OS;
  return bytes.toString('base64');
}

/** The element of a page that holds the data: nothing but base64, so that no text of a capture can end it. */
export function dataElement(packed: string): string {
  return `<script type="text/plain" id="data">${packed}</script>`;
}
