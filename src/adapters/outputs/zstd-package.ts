/** The package that writes zstd, as a bundle of its own with its WebAssembly. */
export { compress, init } from '@bokuweb/zstd-wasm';
