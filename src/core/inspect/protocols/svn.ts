import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars, holds } from './ascii.js';
import { streamSignature } from './signature.js';
/** Subversion's ra_svn greeting: `( success ( 2 2 ( ) ( edit-pipeline ...`, and the client's answer. */
export const svnInspector = streamSignature('svn', chars('('), inspectSvn);

function inspectSvn(buf: Buffer, start: number, end: number): InspectStatus {
  if (begins(buf, start, end, '( success ( ')) return FOUND;
  return begins(buf, start, end, '( 2 ( ') && holds(buf, start, end, 'svn', 200) ? FOUND : NOT_MINE;
}
