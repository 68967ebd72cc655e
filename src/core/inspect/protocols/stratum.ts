import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { chars, holds } from './ascii.js';
import { streamSignature } from './signature.js';

/**
 * Mining pools: Stratum, the JSON-RPC dialects of Bitcoin ("mining.subscribe"), Ethereum ("eth_submitLogin") and Monero
 * (a "login" with an "agent"). Other JSON-RPC over bare TCP is "json-rpc".
 */
const MAX_SEARCH_LEN = 300;

export const stratumInspector = streamSignature('stratum', chars('{'), inspectStratum);

function inspectStratum(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isMining =
    holds(buf, start, end, '"mining.', MAX_SEARCH_LEN) ||
    holds(buf, start, end, '"eth_submit', MAX_SEARCH_LEN) ||
    holds(buf, start, end, '"eth_getWork"', MAX_SEARCH_LEN) ||
    (holds(buf, start, end, '"login"', MAX_SEARCH_LEN) && holds(buf, start, end, '"agent"', MAX_SEARCH_LEN));
  if (isMining) {
    finding.app = 'MININGPOOLS';
    finding.confidence = CONFIDENCE_LIKELY;
    return FOUND;
  }
  if (!holds(buf, start, end, '"jsonrpc"', MAX_SEARCH_LEN)) return NOT_MINE;
  finding.protocol = 'json-rpc';
  return FOUND;
}
