/**
 * Messages between the thread that receives an upload and the one that reads it. A fixed set of buffers circulates: the
 * reader sends them empty, the receiver returns them filled, so neither can run ahead.
 */
export type PortMessage =
  | { readonly kind: 'empty'; readonly buffer: ArrayBuffer }
  | { readonly kind: 'filled'; readonly buffer: ArrayBuffer; readonly len: number }
  | { readonly kind: 'end' }
  /** The sender has gone, so the bytes so far are worthless. */
  | { readonly kind: 'abort' };
