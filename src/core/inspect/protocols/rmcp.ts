import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** RMCP (ASF 2.0 §3.2.2), which carries IPMI: version 6, reserved, sequence number, class. */
const VERSION = 6;
const ASF = 6;
const IPMI = 7;

export const rmcpInspector = datagramSignature('rmcp', [VERSION], [623], inspectRmcp);

function inspectRmcp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 10 || buf[start] !== VERSION || buf[start + 1] !== 0 || buf[start + 2] !== 0xff) return NOT_MINE;
  const messageClass = buf[start + 3]! & 0x1f;
  if (messageClass === IPMI) finding.protocol = 'ipmi';
  return messageClass === IPMI || messageClass === ASF ? FOUND : NOT_MINE;
}
