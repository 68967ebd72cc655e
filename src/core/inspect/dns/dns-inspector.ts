import { u16 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import {
  answerCount,
  countsFit,
  HEADER_LEN,
  hasKnownOpcode,
  isKnownClass,
  isKnownType,
  isOrdinaryHeader,
  isResponse,
  questionCount,
  recordCount,
  recordsReach,
} from './dns-message.js';
import { DnsName, decodeName, NAME_CUT_OFF, skipName } from './dns-name.js';

/**
 * DNS (RFC 1035), multicast DNS (RFC 6762) and LLMNR (RFC 4795) over UDP, DNS over TCP (RFC 7766). The name of a
 * message is that of its first question, in queries and in the answers that repeat it; the root, and answers without a
 * question (mDNS), are FOUND without a name. `questionName` gives the further questions.
 *
 * On the three ports a readable question is enough, off them the whole message has to be consistent. NetBIOS names
 * (port 137) share the format but are another protocol.
 */
const DNS_PORT = 53;
const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;
const NETBIOS_NS_PORT = 137;
const PORTS = [DNS_PORT, MDNS_PORT, LLMNR_PORT];

/** Type and class behind a question's name. */
const QUESTION_FIXED_LEN = 4;
/** Most questions of a message that are looked at: mDNS queries hold a few dozen at most. */
const MAX_QUESTIONS = 64;
/** TCP: two-octet length before each message (RFC 1035 §4.2.2). */
const LENGTH_LEN = 2;

/**
 * The name last handed out: `finding.nameBuf` points here until the next call. Reused by each: calls don't nest, and
 * the receiver of a finding copies the name.
 */
const questionText = new DnsName();

/** Off the ports a message has exactly one question: its count is the upper half of the word at this offset. */
const QUESTION_COUNT = 4;
const ONE_QUESTION = { mask: 0xffff_0000 | 0, value: 0x0001_0000 };

export const dnsInspector: Inspector = {
  name: 'dns',
  ipProto: 17,
  firstBytes: null,
  mark: { ...ONE_QUESTION, at: QUESTION_COUNT, minLen: HEADER_LEN },
  ports: PORTS,
  maxBufferedLen: 0,
  continues: true,
  inspect: inspectDatagram,
};

export const dnsTcpInspector: Inspector = {
  name: 'dns',
  ipProto: 6,
  firstBytes: null,
  mark: { ...ONE_QUESTION, at: LENGTH_LEN + QUESTION_COUNT, minLen: LENGTH_LEN + HEADER_LEN },
  ports: [DNS_PORT, LLMNR_PORT],
  maxBufferedLen: LENGTH_LEN + 0xffff,
  continues: true,
  inspect: inspectStream,
};

/**
 * Writes the name of question `index` (from 0) of the message in `buf[start, end)` into `finding`: for a message that
 * `dnsInspector` has FOUND, count up from 1 until this returns false. A root name is true with `nameStart` -1.
 */
export function questionName(buf: Buffer, start: number, end: number, index: number, finding: Finding): boolean {
  if (end - start < HEADER_LEN || index >= questionCount(buf, start) || index >= MAX_QUESTIONS) return false;
  let at = start + HEADER_LEN;
  for (let i = 0; i < index; i++) {
    at = skipName(buf, at, end);
    if (at < 0) return false;
    at += QUESTION_FIXED_LEN;
  }
  if (decodeName(buf, start, end, at, questionText, true) < 0) return false;
  setName(finding);
  return true;
}

function inspectDatagram(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  const { srcPort, dstPort } = context;
  // Multicast answers come unasked, from the port that questions go to: they tell nothing of who began.
  if (srcPort !== MDNS_PORT) finding.role = isResponse(buf, start) ? ROLE_SERVER : ROLE_CLIENT;
  if (srcPort === DNS_PORT || dstPort === DNS_PORT) finding.protocol = 'dns';
  else if (srcPort === NETBIOS_NS_PORT || dstPort === NETBIOS_NS_PORT) return NOT_MINE;
  else if (srcPort === MDNS_PORT || dstPort === MDNS_PORT) finding.protocol = 'mdns';
  else if (srcPort === LLMNR_PORT || dstPort === LLMNR_PORT) finding.protocol = 'llmnr';
  else return inspectAnywhere(buf, start, end, finding);
  return inspectOnPort(buf, start, end, finding);
}

/** A datagram on a DNS port: anything whose first question can be read, unless it is plainly something else. */
function inspectOnPort(buf: Buffer, start: number, end: number, finding: Finding): InspectStatus {
  const fits = countsFit(buf, start, end - start);
  if (!fits && !hasKnownOpcode(buf, start)) return NOT_MINE;
  if (questionCount(buf, start) === 0) {
    const isEmpty = recordCount(buf, start) === 0;
    return fits && (isEmpty ? isResponse(buf, start) && end - start === HEADER_LEN : true) ? FOUND : NOT_MINE;
  }
  const at = decodeName(buf, start, end, start + HEADER_LEN, questionText, true);
  if (at < 0) return fits ? MALFORMED : NOT_MINE;
  // Lenient: counts or class that make no sense (damage, a capture with a snap length) pass with a readable name.
  const sound = fits && at + QUESTION_FIXED_LEN <= end && isKnownClass(u16(buf, at + 2));
  if (!sound && !(questionText.printable && questionText.len > 0)) return NOT_MINE;
  setName(finding);
  return FOUND;
}

/** A whole message on any port: one question of a known type, and records that end where the bytes end. */
function inspectAnywhere(buf: Buffer, start: number, end: number, finding: Finding): InspectStatus {
  if (!isOrdinaryHeader(buf, start) || !countsFit(buf, start, end - start)) return NOT_MINE;
  const at = decodeName(buf, start, end, start + HEADER_LEN, questionText);
  if (at < 0 || questionText.len === 0 || !questionText.hostLike) return NOT_MINE;
  if (at + QUESTION_FIXED_LEN > end || !isKnownType(u16(buf, at)) || !isKnownClass(u16(buf, at + 2))) return NOT_MINE;
  if (!recordsReach(buf, start, at + QUESTION_FIXED_LEN, end)) return NOT_MINE;
  setName(finding);
  return FOUND;
}

function inspectStream(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const { srcPort, dstPort, final } = context;
  const isDnsPort = srcPort === DNS_PORT || dstPort === DNS_PORT;
  const isLlmnrPort = srcPort === LLMNR_PORT || dstPort === LLMNR_PORT;
  const messageLen = end - start < LENGTH_LEN ? HEADER_LEN : u16(buf, start);
  const messageStart = start + LENGTH_LEN;
  const messageEnd = messageStart + messageLen;
  if (messageLen < HEADER_LEN) return NOT_MINE;
  const showsCount = end - messageStart >= QUESTION_COUNT + 2;
  if (showsCount && !isDnsPort && !isLlmnrPort && questionCount(buf, messageStart) !== 1) return NOT_MINE;
  if (end - start < LENGTH_LEN + HEADER_LEN) return needMore(finding, LENGTH_LEN + HEADER_LEN, final);
  if (!countsFit(buf, messageStart, messageLen)) return NOT_MINE;
  finding.role = isResponse(buf, messageStart) ? ROLE_SERVER : ROLE_CLIENT;
  if (isDnsPort || isLlmnrPort) {
    const thereEnd = end < messageEnd ? end : messageEnd;
    const status = inspectStreamOnPort(buf, messageStart, thereEnd, messageLen, finding);
    if (status === NEED_MORE) return needMore(finding, end - start + 1, final);
    if (status !== NOT_MINE) {
      // The question is enough to name a query; an answer is worth the rest.
      const isCut = end < messageEnd && !final;
      if (isCut && isResponse(buf, messageStart) && answerCount(buf, messageStart) > 0) {
        return needMore(finding, messageEnd - start, final);
      }
      if (isDnsPort) setMessage(buf, messageStart, thereEnd, finding);
      finding.protocol = isDnsPort ? 'dns' : 'llmnr';
      finding.consumedEnd = messageEnd;
    }
    return status;
  }
  if (!isOrdinaryHeader(buf, messageStart)) return NOT_MINE;
  if (messageEnd > end) {
    // Only what goes on like a message is worth waiting for.
    const at = decodeName(buf, messageStart, end, messageStart + HEADER_LEN, questionText);
    if (at >= 0 ? !questionText.hostLike : at !== NAME_CUT_OFF) return NOT_MINE;
    return needMore(finding, messageEnd - start, final);
  }
  const status = inspectAnywhere(buf, messageStart, messageEnd, finding);
  if (status === FOUND) {
    finding.consumedEnd = messageEnd;
    setMessage(buf, messageStart, messageEnd, finding);
  }
  return status;
}

/**
 * A message behind its length on a DNS port, of which `buf[start, end)` is there: the question is enough. Stricter than
 * with datagrams, since any segment of a connection may be shown here, even one from the middle of a message.
 */
function inspectStreamOnPort(
  buf: Buffer,
  start: number,
  end: number,
  messageLen: number,
  finding: Finding,
): InspectStatus {
  if (!hasKnownOpcode(buf, start)) return NOT_MINE;
  const questions = questionCount(buf, start);
  // Later messages of a zone transfer have no question (RFC 5936 §2.2.1).
  if (questions === 0) return isResponse(buf, start) ? FOUND : NOT_MINE;
  if (questions > MAX_QUESTIONS) return NOT_MINE;
  const whole = end - start === messageLen;
  const at = decodeName(buf, start, end, start + HEADER_LEN, questionText, true);
  if (at === NAME_CUT_OFF) return whole ? MALFORMED : NEED_MORE;
  if (at < 0) return NOT_MINE;
  if (at + QUESTION_FIXED_LEN > end) return whole ? MALFORMED : NEED_MORE;
  if (!isKnownClass(u16(buf, at + 2))) return NOT_MINE;
  setName(finding);
  return FOUND;
}

function setName(finding: Finding): void {
  finding.nameBuf = questionText.text;
  finding.nameStart = questionText.len === 0 ? -1 : 0;
  finding.nameEnd = questionText.len === 0 ? -1 : questionText.len;
}

function setMessage(buf: Buffer, start: number, end: number, finding: Finding): void {
  finding.dnsBuf = buf;
  finding.dnsStart = start;
  finding.dnsEnd = end;
}

function needMore(finding: Finding, neededLen: number, final: boolean): InspectStatus {
  if (final) return NOT_MINE;
  finding.neededLen = neededLen;
  return NEED_MORE;
}
