import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** TP-Link's smart home protocol on port 9999: JSON under an autokey XOR that begins with 171. */
const PORT = 9999;
/** `{"` and `{}` as encrypted. */
const OPENING_BRACE = 0xd0;
const QUOTE = 0xf2;
const CLOSING_BRACE = 0xad;
const LENGTH_LEN = 4;

export const tplinkInspector = portSignature('tplink-shp', 17, [PORT], inspectUdp);
export const tplinkTcpInspector = portSignature('tplink-shp', 6, [PORT], inspectTcp);

function inspectUdp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  return inspectJson(buf, start, end, finding);
}

function inspectTcp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  return inspectJson(buf, start + LENGTH_LEN, end, finding);
}

function inspectJson(buf: Buffer, at: number, end: number, finding: Finding): InspectStatus {
  if (end - at < 2 || buf[at] !== OPENING_BRACE) return NOT_MINE;
  if (buf[at + 1] !== QUOTE && buf[at + 1] !== CLOSING_BRACE) return NOT_MINE;
  finding.app = 'TPLINK';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
