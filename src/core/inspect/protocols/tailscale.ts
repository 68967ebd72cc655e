import { u16, u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** Tailscale's discovery messages begin with `TS` and a speech balloon in UTF-8. */
const MAGIC_LEN = 6;
const KEY_AND_NONCE_LEN = 56;

export const tailscaleInspector = datagramSignature('tailscale', [0x54], [], inspectTailscale);

function inspectTailscale(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < MAGIC_LEN + KEY_AND_NONCE_LEN || u16(buf, start) !== 0x5453 || u32(buf, start + 2) !== 0xf09f92ac)
    return NOT_MINE;
  finding.app = 'TAILSCALE';
  return FOUND;
}
