import { DpiError } from '../../core/common/error.js';

/** Packs bytes as one zstd frame. */
export type Compress = (bytes: Uint8Array) => Uint8Array;

/** Address space, several times what a frame takes to pack. */
const NEEDED_LEN = 128 << 20;
/** A page of WebAssembly has 2^16 bytes. */
const PAGE_SHIFT = 16;

/** The package must not be initialised twice. */
let compressor: Promise<Compress> | undefined;

/**
 * The compressor in WebAssembly, whose output is the same under every version of Node. Rejects with a DpiError, whose
 * sentence ends with `remedy`.
 */
export function loadZstdCompressor(remedy: string): Promise<Compress> {
  compressor ??= load(remedy);
  return compressor;
}

async function load(remedy: string): Promise<Compress> {
  try {
    // The package does not report a lack of address space (`ulimit -v`).
    new WebAssembly.Memory({ initial: NEEDED_LEN >> PAGE_SHIFT });
    const { compress, init } = await import('./zstd-package.js');
    await init();
    return compress;
  } catch (error) {
    const reason = (error as Error).message;
    throw new DpiError('no-zstd', `can't pack as zstd (${reason}); ${remedy}`, { cause: error });
  }
}
