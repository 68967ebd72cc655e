import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { beginsFolded, isText } from './ascii.js';
import { datagramSignature, isOn } from './signature.js';

/** TFTP (RFC 1350, RFC 2347): requests with file name and mode on any port, the first block and its acknowledgement. */
const READ = 1;
const WRITE = 2;
const DATA = 3;
const ACK = 4;
const ERROR = 5;
const OPTIONS = 6;
const PORT = 69;
/** A full first block: opcode, number, 512 bytes. */
const BLOCK_LEN = 516;
const MAX_NAME_LEN = 256;
const MODES = ['OCTET\0', 'NETASCII\0', 'MAIL\0'];

export const tftpInspector = datagramSignature('tftp', [0], [PORT], inspectTftp);

function inspectTftp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  if (left < 4 || buf[start] !== 0) return NOT_MINE;
  const opcode = buf[start + 1]!;
  if (opcode === READ || opcode === WRITE) {
    if (!isRequest(buf, start + 2, end)) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  const block = u16(buf, start + 2);
  const isFound =
    (opcode === DATA && block === 1 && left === BLOCK_LEN) ||
    (opcode === OPTIONS && isText(buf, start + 2, start + 6) && buf[end - 1] === 0) ||
    (opcode >= DATA && opcode <= ERROR && isOn(context, PORT) && (opcode !== ACK || left === 4));
  return isFound ? FOUND : NOT_MINE;
}

function isRequest(buf: Buffer, start: number, end: number): boolean {
  const limit = Math.min(end, start + MAX_NAME_LEN);
  let at = start;
  while (at < limit && buf[at] !== 0) at++;
  if (at === limit || !isText(buf, start, at)) return false;
  for (let i = 0; i < MODES.length; i++) if (beginsFolded(buf, at + 1, end, MODES[i]!)) return true;
  return false;
}
