import { u32, u32le } from '../../common/bytes.js';
import {
  CONFIDENCE_CERTAIN,
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/**
 * Telegram's MTProto over TCP, in the transports that are not obfuscated: the first message of a connection, without a
 * key (auth_key_id 0), or of the right length on the ports of the service.
 */
const ABRIDGED = 0xef;
const INTERMEDIATE = 0xee;
const INTERMEDIATE_MARK = 0xeeeeeeee;
const PORTS = [443, 80, 5222];
const LONG_LENGTH = 0x7f;
const MAX_PADDING = 15;

export const mtprotoInspector = streamSignature('mtproto', [ABRIDGED, INTERMEDIATE], inspectMtproto);

function inspectMtproto(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 18) return NOT_MINE;
  const isLong = buf[start + 1] === LONG_LENGTH;
  let message: number;
  let len: number;
  if (buf[start] === ABRIDGED) {
    message = start + (isLong ? 5 : 2);
    len = (isLong ? buf[start + 2]! | (buf[start + 3]! << 8) : buf[start + 1]!) * 4;
  } else {
    if (u32(buf, start) !== INTERMEDIATE_MARK) return NOT_MINE;
    message = start + 8;
    len = u32le(buf, start + 4);
  }
  const hasNoKey = u32(buf, message) === 0 && u32(buf, message + 4) === 0 && message + len <= end;
  const fits =
    len >= 40 && len + message <= end + MAX_PADDING && len + message >= end && PORTS.includes(context.dstPort);
  if (!hasNoKey && !fits) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.app = 'TELEGRAM';
  finding.confidence = hasNoKey ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
  return FOUND;
}
