import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isDigit } from './ascii.js';
import { streamSignature } from './signature.js';

/** Automated tank gauges (Veeder-Root): SOH, I or S, five digits of a function code. */
const SOH = 0x01;

export const atgInspector = streamSignature('atg', [SOH], inspectAtg);

function inspectAtg(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 7 || end - start > 300 || (buf[start + 1] !== 0x49 && buf[start + 1] !== 0x53)) return NOT_MINE;
  for (let at = start + 2; at < start + 7; at++) if (!isDigit(buf[at]!)) return NOT_MINE;
  return FOUND;
}
