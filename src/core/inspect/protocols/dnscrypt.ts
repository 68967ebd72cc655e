import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';

/** DNSCrypt version 2: a client's query begins with the resolver's magic; answers begin with `r6fnvWj8`. */
const RESOLVER_MAGIC_LEN = 8;

export const dnscryptInspector = datagramSignature('dnscrypt', chars('r'), [], inspectDnscrypt);

function inspectDnscrypt(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < RESOLVER_MAGIC_LEN + 24 || !begins(buf, start, end, 'r6fnvWj8')) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
