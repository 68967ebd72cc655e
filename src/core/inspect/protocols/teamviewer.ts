import { u16 } from '../../bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, portSignature, streamSignature } from './signature.js';

/** TeamViewer on its port: magic 17 24, a command, a length. */
const PORT = 5938;
const MAGIC_TCP = 0x1724;
const MAGIC_UDP = 0x1724;
/** Behind a sequence number in datagrams. */
const UDP_MAGIC = 11;

export const teamviewerInspector = streamSignature('teamviewer', [0x17, 0x11], inspectTcp);
export const teamviewerUdpInspector = portSignature('teamviewer', 17, [PORT], inspectUdp);

function inspectTcp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 5 || !isOn(context, PORT)) return NOT_MINE;
  const magic = u16(buf, start);
  if (magic !== MAGIC_TCP && magic !== 0x1130) return NOT_MINE;
  finding.app = 'TEAMVIEWER';
  return FOUND;
}

function inspectUdp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < UDP_MAGIC + 2 || buf[start] !== 0 || u16(buf, start + UDP_MAGIC) !== MAGIC_UDP) return NOT_MINE;
  finding.app = 'TEAMVIEWER';
  return FOUND;
}
