import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** Zoom's media on its ports, 8801 to 8810: the header of its forwarding units, and what opens a connection. */
const FIRST_PORT = 8801;
const LAST_PORT = 8810;
const PORTS = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, i) => FIRST_PORT + i);
const MEDIA = 5;
const DIRECTION = 7;
const OPENING = 0x1f;
const MEDIA_LEN = 24;

export const zoomInspector = portSignature('zoom', 17, PORTS, inspectZoom);

function inspectZoom(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const type = buf[start]!;
  const isMedia =
    type === MEDIA && end - start >= MEDIA_LEN && (buf[start + DIRECTION] === 0 || buf[start + DIRECTION] === 4);
  const isOpening = (type === 1 || type === 2 || type === OPENING) && end - start >= 12 && buf[start + 1]! <= 4;
  if (!isMedia && !isOpening) return NOT_MINE;
  finding.app = 'ZOOM';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
