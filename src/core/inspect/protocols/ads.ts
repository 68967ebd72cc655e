import { u32le } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** Beckhoff ADS over AMS/TCP: reserved 0, length, then the AMS header with its own length. */
const PORT = 48898;
const LENGTH = 2;
const HEADER_LEN = 6;
const AMS_HEADER_LEN = 32;
const DATA_LENGTH = 26;

export const adsInspector = streamSignature('ads', [0], inspectAds);

function inspectAds(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (buf[start + 1] !== 0 || end - start < HEADER_LEN + AMS_HEADER_LEN || !isOn(context, PORT)) return NOT_MINE;
  const len = u32le(buf, start + LENGTH);
  return len >= AMS_HEADER_LEN && len < 0x100000 && u32le(buf, start + DATA_LENGTH) === len - AMS_HEADER_LEN
    ? FOUND
    : NOT_MINE;
}
