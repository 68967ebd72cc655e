import type { ByteSource } from './byte-source.js';
import { openRawInput } from './open-raw-input.js';
import { PeekedInput } from './peeked-input.js';
import { PlainSource } from './plain-source.js';
import type { RawInput } from './raw-input.js';

/** A compression format, recognised by its first bytes whatever the file's name. Its decoder is loaded on use. */
interface Compression {
  readonly sniff: (head: Buffer) => boolean;
  readonly open: (raw: RawInput) => Promise<ByteSource>;
}

const LZ4_MAGIC = 0x184d2204;
const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0 | 0;

const COMPRESSIONS: readonly Compression[] = [
  {
    // RFC 1952 §2.3.1: magic, then method 8 (deflate), the only one defined.
    sniff: (head) => head[0] === 0x1f && head[1] === 0x8b && (head.length < 3 || head[2] === 8),
    open: async (raw) => new (await import('./gzip-source.js')).GzipSource(raw),
  },
  {
    sniff: (head) => magicOf(head) === LZ4_MAGIC,
    open: async (raw) => new (await import('./lz4-source.js')).Lz4Source(raw),
  },
  {
    // RFC 8878 §3.1.1 and §3.1.2: a frame, or skippable frames, behind which no other format has shown itself.
    sniff: (head) => magicOf(head) === ZSTD_MAGIC || (magicOf(head) & SKIPPABLE_MASK) === SKIPPABLE_MAGIC,
    open: async (raw) => new (await import('./zstd-source.js')).ZstdSource(raw),
  },
];

/** The magic number of the first frame in `head`, behind skippable ones, which zstd and lz4 share; 0 for less. */
function magicOf(head: Buffer): number {
  let at = 0;
  while (at + 8 <= head.length && (head.readUInt32LE(at) & SKIPPABLE_MASK) === SKIPPABLE_MAGIC) {
    const next = at + 8 + head.readUInt32LE(at + 4);
    if (next + 4 > head.length) break;
    at = next;
  }
  return at + 4 <= head.length ? head.readUInt32LE(at) : 0;
}

/**
 * Opens a capture by path ("-" is standard input) and reads its first bytes, so a FIFO or pipe is waited for. `name`
 * replaces the path in messages; the signal ends a silent pipe. Rejects with a DpiError that names the path when it
 * can't be opened or read. An empty file opens and has no bytes.
 */
export async function openSource(path: string, name: string = path, signal?: AbortSignal): Promise<ByteSource> {
  return unpackSource(await openRawInput(path, name, signal));
}

/** Like `openSource`, for an input that is already open. Closes `raw` when it rejects. */
export async function unpackSource(raw: RawInput): Promise<ByteSource> {
  try {
    const input = await PeekedInput.peek(raw);
    const compression = COMPRESSIONS.find(({ sniff }) => sniff(input.head));
    return compression === undefined ? new PlainSource(input) : await compression.open(input);
  } catch (error) {
    raw.close();
    throw error;
  }
}
