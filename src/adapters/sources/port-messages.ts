/**
 * What passes between a thread that receives an upload and the one that reads it. A fixed set of buffers goes round:
 * the reader sends them empty, the receiver sends them back filled, so neither can run ahead of the other.
 */
export type PortMessage =
  | { readonly kind: 'empty'; readonly buffer: ArrayBuffer }
  | { readonly kind: 'filled'; readonly buffer: ArrayBuffer; readonly len: number }
  | { readonly kind: 'end' }
  /** Whoever sends has gone: what came so far is worth nothing. */
  | { readonly kind: 'abort' };
