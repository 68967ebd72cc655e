import { u16, u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, isOn, streamSignature } from './signature.js';

/** TeamViewer: magic 17 24 and a command, over TCP on its port, over UDP behind eleven or twelve bytes. */
const PORT = 5938;
const MAGIC = 0x1724;
const OTHER_MAGIC = 0x1130;
/** In datagrams, behind zeros; newer versions have a byte more. */
const UDP_MAGIC = 11;

export const teamviewerInspector = streamSignature('teamviewer', [0x17, 0x11], inspectTcp);
export const teamviewerUdpInspector = datagramSignature('teamviewer', [0], [PORT], inspectUdp);

function inspectTcp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 5 || !isOn(context, PORT)) return NOT_MINE;
  const magic = u16(buf, start);
  if (magic !== MAGIC && magic !== OTHER_MAGIC) return NOT_MINE;
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
  if (end - start < UDP_MAGIC + 4 || u32(buf, start) !== 0 || u32(buf, start + 4) !== 0) return NOT_MINE;
  if (u16(buf, start + UDP_MAGIC) !== MAGIC && u16(buf, start + UDP_MAGIC + 1) !== MAGIC) return NOT_MINE;
  finding.app = 'TEAMVIEWER';
  return FOUND;
}
