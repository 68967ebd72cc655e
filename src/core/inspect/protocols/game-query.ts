import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';

/** Queries of game servers behind four bytes of ones: Source and GoldSrc engines (A2S), Quake 3 and its kin. */
const ONES = 0xffffffff;
const HEADER_LEN = 4;
const QUAKE_WORDS = [
  'getinfo',
  'getstatus',
  'getchallenge',
  'getservers',
  'infoResponse\n',
  'statusResponse\n',
  'connect ',
  'challengeResponse',
];
const A2S_REPLIES = chars('IDEAm');

export const gameQueryInspector = datagramSignature('source-engine', [0xff], [], inspectQuery);

function inspectQuery(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 5 || u32(buf, start) !== ONES) return NOT_MINE;
  const at = start + HEADER_LEN;
  for (let i = 0; i < QUAKE_WORDS.length; i++) {
    if (!begins(buf, at, end, QUAKE_WORDS[i]!)) continue;
    finding.protocol = 'quake';
    return FOUND;
  }
  if (begins(buf, at, end, 'TSource Engine Query\0')) {
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  const isOnPort = context.dstPort >= 27000 && context.dstPort <= 27050;
  const isFromPort = context.srcPort >= 27000 && context.srcPort <= 27050;
  const type = buf[at]!;
  // Players, rules, challenge.
  if (isOnPort && (type === 0x55 || type === 0x56 || type === 0x57)) return FOUND;
  return isFromPort && A2S_REPLIES.includes(type) ? FOUND : NOT_MINE;
}
