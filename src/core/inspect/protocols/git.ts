import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';

/** git:// requests (gitprotocol-pack): a pkt-line, four hex digits of length, that asks for a service. */
const LENGTH_LEN = 4;

export const gitInspector = streamSignature('git', chars('0'), inspectGit);

function inspectGit(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isRequest =
    begins(buf, start + LENGTH_LEN, end, 'git-upload-pack ') ||
    begins(buf, start + LENGTH_LEN, end, 'git-receive-pack ') ||
    begins(buf, start + LENGTH_LEN, end, 'git-upload-archive ');
  if (!isRequest) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
