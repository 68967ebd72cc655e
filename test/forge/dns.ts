import { be16, be32, vector } from './fields.js';
import { addressBytes } from './ip.js';

export const DNS_A = 1;
const DNS_CNAME = 5;
const DNS_PTR = 12;
const DNS_TXT = 16;
export const DNS_AAAA = 28;
export const DNS_HTTPS = 65;

const CLASS_IN = 1;

export interface DnsQuestion {
  name: string;
  type?: number;
}

export type DnsRecord =
  | { name: string; type: 'A' | 'AAAA'; address: string; ttl?: number }
  | { name: string; type: 'CNAME' | 'PTR'; target: string; ttl?: number }
  | { name: string; type: 'TXT'; text: string; ttl?: number }
  | {
      name: string;
      type: 'HTTPS';
      priority: number;
      target: string;
      alpn?: readonly string[];
      ipv4?: string[];
      /** An ECHConfigList. */
      ech?: Buffer;
      ttl?: number;
    };

/** A name in wire form (RFC 1035 §3.1), without compression; a trailing dot makes no difference. */
export function dnsName(name: string): Buffer {
  const labels = name
    .replace(/\.$/, '')
    .split('.')
    .filter((label) => label !== '');
  return Buffer.concat([...labels.map((label) => vector(1, Buffer.from(label))), Buffer.from([0])]);
}

/** A query with one question, recursion desired. */
export function dnsQuery(id: number, question: DnsQuestion): Buffer {
  return Buffer.concat([header(id, 0x0100, 1, 0), questionBytes(question)]);
}

/**
 * A response to `question`. Owner names equal to the question's are compressed to a pointer unless `compress` is false.
 */
export function dnsResponse(id: number, question: DnsQuestion, answers: readonly DnsRecord[], compress = true): Buffer {
  const records = answers.map((record) => recordBytes(record, compress && record.name === question.name));
  return Buffer.concat([header(id, 0x8180, 1, answers.length), questionBytes(question), ...records]);
}

/** The form in which DNS goes over TCP (RFC 1035 §4.2.2). */
export function dnsOverTcp(message: Buffer): Buffer {
  return vector(2, message);
}

function header(id: number, flags: number, questions: number, answers: number): Buffer {
  return Buffer.concat([id, flags, questions, answers, 0, 0].map(be16));
}

function questionBytes(question: DnsQuestion): Buffer {
  return Buffer.concat([dnsName(question.name), be16(question.type ?? DNS_A), be16(CLASS_IN)]);
}

function recordBytes(record: DnsRecord, pointsAtQuestion: boolean): Buffer {
  const owner = pointsAtQuestion ? be16(0xc00c) : dnsName(record.name);
  const types = { A: DNS_A, AAAA: DNS_AAAA, CNAME: DNS_CNAME, PTR: DNS_PTR, TXT: DNS_TXT, HTTPS: DNS_HTTPS };
  return Buffer.concat([
    owner,
    be16(types[record.type]),
    be16(CLASS_IN),
    be32(record.ttl ?? 300),
    vector(2, data(record)),
  ]);
}

function data(record: DnsRecord): Buffer {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return addressBytes(record.address);
    case 'CNAME':
    case 'PTR':
      return dnsName(record.target);
    case 'TXT':
      return vector(1, Buffer.from(record.text));
    case 'HTTPS':
      return Buffer.concat([be16(record.priority), dnsName(record.target), ...serviceParameters(record)]);
  }
}

/** An ECHConfigList (RFC 9849 §4) with a configuration for each public name. */
export function echConfigList(publicNames: readonly string[], version = 0xfe0d): Buffer {
  const configs = publicNames.map((name, id) => {
    const key = Buffer.concat([Buffer.from([id]), be16(0x0020), vector(2, Buffer.alloc(32, 7))]);
    const suites = vector(2, be16(1), be16(1));
    return Buffer.concat([
      be16(version),
      vector(2, key, suites, Buffer.from([0]), vector(1, Buffer.from(name)), vector(2)),
    ]);
  });
  return vector(2, ...configs);
}

/** alpn, ipv4hint and ech of a service binding, in ascending key order (RFC 9460 §2.2). */
function serviceParameters(record: { alpn?: readonly string[]; ipv4?: string[]; ech?: Buffer }): Buffer[] {
  const out: Buffer[] = [];
  if (record.alpn) out.push(be16(1), vector(2, ...record.alpn.map((name) => vector(1, Buffer.from(name)))));
  if (record.ipv4) out.push(be16(4), vector(2, ...record.ipv4.map(addressBytes)));
  if (record.ech) out.push(be16(5), vector(2, record.ech));
  return out;
}
