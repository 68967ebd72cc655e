import { u32, u32le } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/** Agents of Alibaba Cloud hosts speak frames of a magic and a little-endian length. */
const MAGIC = 0xcefabeba;
const MAX_LEN = 0x100000;

export const alicloudInspector = streamSignature('alicloud-agent', [0xce], inspectAlicloud);

function inspectAlicloud(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 8 || u32(buf, start) !== MAGIC || u32le(buf, start + 4) > MAX_LEN) return NOT_MINE;
  finding.app = 'ALIBABACLOUD';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
