import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DnsAnswers, readAnswers } from '../../../../src/core/inspect/dns/dns-answers.js';
import { encodeMessage, encodeName, question, record } from './messages.js';

const into = new DnsAnswers();

/** "family:address bytes in hex:ttl" of each answer, the message standing at an odd offset. */
function read(message: Buffer): string[] {
  const buf = Buffer.concat([Buffer.alloc(3, 0xff), message, Buffer.alloc(40)]);
  const count = readAnswers(buf, 3, 3 + message.length, into);
  expect(count).toBe(into.count);
  return Array.from({ length: count }, (_, i) => {
    const at = into.addressStart[i]!;
    const addressEnd = at + (into.family[i] === 4 ? 4 : 16);
    expect(addressEnd).toBeLessThanOrEqual(3 + message.length);
    return `${into.family[i]}:${buf.toString('hex', at, addressEnd)}:${into.ttl[i]}`;
  });
}

/** How many bytes of `message` are read, each as often as it is. */
function bytesRead(message: Buffer): number {
  let reads = 0;
  const counted = new Proxy(message, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) {
        reads++;
        return target[Number(key)];
      }
      return Reflect.get(target, key, target);
    },
  });
  readAnswers(counted, 0, message.length, into);
  return reads;
}

const NAME = Buffer.from([0xc0, 12]);
const V4 = Buffer.from([192, 0, 2, 1]);
const V6 = Buffer.from('20010db8000000000000000000000001', 'hex');
const answer = (answers: Buffer[], flags = 0x8180) =>
  encodeMessage({ flags, questions: [question('www.example.com', 1)], answers });

describe('readAnswers', () => {
  it('reads A and AAAA of the name asked for', () => {
    expect(read(answer([record(NAME, 1, 60, V4), record(encodeName('WWW.example.COM'), 28, 0xffffffff, V6)]))).toEqual([
      '4:c0000201:60',
      `6:${V6.toString('hex')}:0`,
    ]);
  });
  it('follows CNAMEs, in any order, and leaves other names out', () => {
    const a = encodeName('a.cdn.example');
    const b = encodeName('b.cdn.example');
    const records = [
      record(NAME, 5, 300, a),
      record(a, 5, 300, b),
      record(b, 1, 20, V4),
      record(encodeName('other.example'), 1, 20, Buffer.from([9, 9, 9, 9])),
    ];
    expect(read(answer(records))).toEqual(['4:c0000201:20']);
    expect(read(answer(records.toReversed()))).toEqual(['4:c0000201:20']);
  });
  it('survives a CNAME loop', () => {
    const a = encodeName('a.example');
    expect(read(answer([record(NAME, 5, 1, a), record(a, 5, 1, NAME), record(a, 1, 1, V4)]))).toEqual(['4:c0000201:1']);
  });
  it('reads the address hints of HTTPS records', () => {
    const rdata = (priority: number) =>
      Buffer.concat([
        Buffer.from([0, priority, 0]),
        Buffer.from('00010006026832026833', 'hex'),
        Buffer.from('00040008c0000201c0000202', 'hex'),
        Buffer.from('00060010', 'hex'),
        V6,
      ]);
    const hints = ['4:c0000201:300', '4:c0000202:300', `6:${V6.toString('hex')}:300`];
    expect(read(answer([record(NAME, 65, 300, rdata(1))]))).toEqual(hints);
    expect(read(answer([record(NAME, 64, 300, rdata(1))]))).toEqual(hints);
    expect(read(answer([record(NAME, 65, 300, rdata(0))]))).toEqual([]);
  });
  it('ignores queries, errors, other classes and wrong address lengths', () => {
    expect(read(answer([record(NAME, 1, 1, V4)], 0x0100))).toEqual([]);
    expect(read(answer([record(NAME, 1, 1, V4)], 0x8183))).toEqual([]);
    expect(read(answer([record(NAME, 1, 1, V6)]))).toEqual([]);
    const chaos = record(NAME, 1, 1, V4);
    chaos[5] = 3;
    expect(read(answer([chaos]))).toEqual([]);
  });
  it('holds 64 addresses', () => {
    expect(read(answer(Array(80).fill(record(NAME, 1, 1, V4))))).toHaveLength(64);
  });
  it('gives what stands before the end, at every truncation', () => {
    const message = answer([record(NAME, 1, 7, V4), record(NAME, 28, 7, V6)]);
    const secondStart = message.length - 28;
    for (let len = 0; len <= message.length; len++) {
      expect(read(message.subarray(0, len))).toHaveLength(len < secondStart ? 0 : len < message.length ? 1 : 2);
    }
  });
  it('ends on any bytes, also full of pointers', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xc0, 0x00, 0x0c, 0x01));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), (bytes) => {
        const message = answer([record(NAME, 5, 1, NAME), Buffer.from(bytes)]);
        message[7] = 40;
        read(message);
      }),
      { numRuns: 2000 },
    );
  });
  it('reads a message made to be slow no more often than its limits allow', () => {
    // Names that differ in their last byte alone; each CNAME stands before the one that leads to it.
    const name = (i: number) => encodeName(`long.n${i}`);
    const slow = (cnames: number, addresses: number) =>
      encodeMessage({
        flags: 0x8180,
        questions: [Buffer.concat([name(100), Buffer.from([0, 1, 0, 1])])],
        answers: [
          ...Array.from({ length: cnames }, (_, i) => record(name(100 + cnames - 1 - i), 5, 1, name(100 + cnames - i))),
          ...Array.from({ length: addresses }, () => record(name(99), 1, 1, V4)),
        ],
      });
    const reads = bytesRead(slow(256, 0));
    // What comes behind the 256 records that are looked at costs nothing.
    expect(bytesRead(slow(256, 300))).toBe(reads);
    // In each of 12 rounds: each record's fixed part and names, compared with each of 12 names of the chain.
    const nameLen = name(100).length;
    expect(reads).toBeGreaterThan(256 * nameLen);
    expect(reads).toBeLessThan(12 * 256 * (10 + 2 * nameLen + 12 * 4 * nameLen));
  });
});
