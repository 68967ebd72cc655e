import { u16, u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/** WeChat's Mars transport: packet length, header length 16, version 1, command, sequence number. */
const HEADER_LENGTH = 4;
const VERSION = 6;
const COMMAND = 8;
const HEADER_LEN = 16;
const LAST_COMMAND = 1000000000;

export const wechatInspector = streamSignature('wechat', [0], inspectWechat);

function inspectWechat(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start + HEADER_LENGTH) !== HEADER_LEN) return NOT_MINE;
  const len = u32(buf, start);
  if (
    u16(buf, start + VERSION) !== 1 ||
    len < HEADER_LEN ||
    len > 0x100000 ||
    u32(buf, start + COMMAND) > LAST_COMMAND + 1000
  ) {
    return NOT_MINE;
  }
  if (len > end - start && end - start < 1000) return NOT_MINE;
  finding.app = 'WECHAT';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
