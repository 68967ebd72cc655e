import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature, isOn } from './signature.js';

/** Steam: its datagram protocol `VS01`, and the discovery of in-home streaming on port 27036. */
const DISCOVERY_PORT = 27036;

export const steamInspector = datagramSignature('steam', [0x56, 0xff], [DISCOVERY_PORT], inspectSteam);

function inspectSteam(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isDiscovery = isOn(context, DISCOVERY_PORT) && begins(buf, start, end, '\xff\xff\xff\xff\x21\x4c\x5f\xa0');
  if (!isDiscovery && !(end - start >= 36 && begins(buf, start, end, 'VS01'))) return NOT_MINE;
  finding.app = 'STEAM';
  return FOUND;
}
