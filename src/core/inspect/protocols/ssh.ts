import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** SSH version exchange (RFC 4253 §4.2), first line of either side. */
export const sshInspector = streamSignature('ssh', chars('S'), inspectSsh);

function inspectSsh(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'SSH-2.') || begins(buf, start, end, 'SSH-1.') ? FOUND : NOT_MINE;
}
