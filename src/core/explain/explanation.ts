import type { AppTable } from '../classify/app-table.js';
import type { RuleSet } from '../policy/rule-set.js';
import type { ConnectionRecord } from '../report/model.js';
import type { AnswerLog } from './answer-log.js';
import { certificateProof } from './certificate-proof.js';
import type { ConnectionTrace } from './connection-trace.js';
import { displayFilter, type FrameRange } from './display-filter.js';
import { entriesOf } from './entries.js';
import type { AnswerRow, Explanation, PayloadRow, Proof } from './model.js';
import { placesOf } from './payload.js';
import { protocolTitle } from './protocol-title.js';
import { ruleRowsOf } from './rule-rows.js';
import { unknownText } from './unknown-text.js';

/** Bytes shown of a direction's first payload. */
const BEGINNING_LEN = 32;

/** All that is known of how the connection came to its label. */
export function explanationOf(
  record: ConnectionRecord,
  trace: ConnectionTrace,
  log: AnswerLog,
  apps: AppTable,
  rules: RuleSet,
): Explanation {
  const answers = log.before(record.src_ip, record.dst_ip, record.first_seen);
  const proofs = proofsOf(record, trace);
  judgeAnswers(answers, record);
  const unknown = unknownText(record, trace, proofs);
  return {
    connection: record,
    summary: unknown === null ? summaryOf(record, proofs, answers) : `UNKNOWN: ${unknown}`,
    first_packet: trace.firstPacket,
    last_packet: trace.lastPacket,
    display_filter: displayFilter(record, framesOf(record)),
    proofs,
    entries: entriesOf(record, answers, apps),
    dns_answers: answers,
    rules: ruleRowsOf(record, rules, apps),
    unknown,
    payloads: payloadsOf(record, trace, proofs),
    asked: [...trace.asked.values()],
  };
}

/** Between which frames of a file the connection lies; null where it goes on in another file. */
function framesOf({ input, first_packet, last_packet, first_frame, last_frame }: ConnectionRecord): FrameRange | null {
  const [first, last] = input === null ? [first_packet, last_packet] : [first_frame, last_frame];
  return first === null || last === null ? null : { first, last };
}

function proofsOf(record: ConnectionRecord, trace: ConnectionTrace): Proof[] {
  const named = trace.proofs.filter((proof) => record.domains.includes(proof.name!));
  named.sort((a, b) => record.domains.indexOf(a.name!) - record.domains.indexOf(b.name!));
  const certificate = certificateProof(record, trace);
  if (certificate !== null) named.unshift(certificate);
  return named.length > 0 ? named : trace.nameless;
}

function judgeAnswers(answers: readonly AnswerRow[], record: ConnectionRecord): void {
  let decided = false;
  for (const answer of answers) {
    const isName = record.detected_by === 'dns-answer' && answer.name === record.domain;
    answer.decides = isName && !decided;
    if (answer.decides) decided = true;
    else if (isName) answer.why_not = 'a later answer says the same';
    else if (record.detected_by === 'dns-answer') answer.why_not = 'a later answer named another host';
    else if (record.domain === answer.name) answer.why_not = 'it agrees; the connection itself shows the name';
    else if (record.domain !== null) answer.why_not = 'the connection itself shows a name';
    else answer.why_not = 'it was no longer in force, or better evidence was there';
  }
}

function summaryOf(record: ConnectionRecord, proofs: readonly Proof[], answers: readonly AnswerRow[]): string {
  const { app, confidence, domain, evidence_match: entry, evidence_packet: packet } = record;
  const head = `${app}, ${confidence}:`;
  const match = entry === domain ? '' : `, which ${entry} covers`;
  switch (record.detected_by) {
    case 'dns-answer': {
      const answer = answers.find((one) => one.decides);
      const where = answer === undefined ? 'a DNS answer' : `packet ${answer.packet}, a DNS answer,`;
      return `${head} ${where} told ${record.src_ip} that ${domain}${match}, has the address ${record.dst_ip}; the connection itself shows no name.`;
    }
    case 'ip-range':
      return `${head} its address lies in ${entry}, and it shows no ${domain === null ? '' : 'other '}name.`;
    case 'signature':
      if (entry !== null) return `${head} packet ${packet}, of the set-up of a call, ties ${entry} to this app.`;
      return `${head} packet ${packet} speaks ${protocolTitle(record.app_protocol ?? '')} in a way that is this app's.`;
    default: {
      if (domain === null) {
        const name = record.cert_names[0] ?? 'a name of this app';
        return `${head} the client sent no name, but the server's certificate in packet ${packet} is for ${name}.`;
      }
      const proof = proofs.find((one) => one.name === domain);
      const what = proof === undefined ? 'it' : `the ${protocolTitle(proof.protocol)} ${proof.field.split(',')[0]}`;
      return `${head} ${what} in packet ${packet} names ${domain}${match}.`;
    }
  }
}

/** The beginning of what each side said, where no proof shows it. */
function payloadsOf(record: ConnectionRecord, trace: ConnectionTrace, proofs: readonly Proof[]): PayloadRow[] {
  if (proofs.some((proof) => proof.name !== null) || record.detected_by === 'dns-answer') return [];
  const initiator = trace.initiator(record);
  return [initiator, 1 - initiator].flatMap((sender) => {
    const payload = trace.firstPayloads[sender] ?? null;
    if (payload === null) return [];
    const [place] = placesOf(payload, 0, Math.min(BEGINNING_LEN, payload.bytes.length));
    return [{ from: sender === initiator ? 'initiator' : 'responder', place: place! }];
  });
}
