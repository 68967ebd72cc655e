import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseExactIpPrefix } from '../../../src/core/common/ip-prefix.js';
import { MAX_SHA1_LEN, Sha1Block } from '../../../src/core/common/sha1.js';
import { CommunityIds, FlowTuple } from '../../../src/core/report/community-id.js';

function idOf(
  protocol: number,
  source: string,
  destination: string,
  ports: readonly [number, number] = [0, 0],
): string {
  const tuple = new FlowTuple();
  tuple.protocol = protocol;
  tuple.isIpv6 = source.includes(':');
  tuple.source.set(wordsOf(source));
  tuple.destination.set(wordsOf(destination));
  [tuple.sourcePort, tuple.destinationPort] = ports;
  return new CommunityIds().of(tuple);
}

function wordsOf(address: string): readonly number[] {
  const { isV6, words } = parseExactIpPrefix(address)!;
  return isV6 ? words : [words[0]!, 0, 0, 0];
}

describe('community ids', () => {
  /** From the baseline of the specification: both directions have the same id. */
  it.each([
    [6, '128.232.110.120', '66.35.250.204', [34_855, 80], '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    [17, '192.168.1.52', '8.8.8.8', [54_585, 53], '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    [132, '192.168.170.8', '192.168.170.56', [7, 7], '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  ] as const)('of protocol %i from %s to %s', (protocol, source, destination, ports, id) => {
    expect(idOf(protocol, source, destination, ports)).toBe(id);
    expect(idOf(protocol, destination, source, [ports[1], ports[0]])).toBe(id);
  });

  it('of ICMP go by type and counterpart, or one way by type and code', () => {
    expect(idOf(1, '192.168.0.89', '192.168.0.1', [8, 0])).toBe('1:X0snYXpgwiv9TZtqg64sgzUn6Dk=');
    expect(idOf(1, '192.168.0.1', '192.168.0.89', [0, 0])).toBe('1:X0snYXpgwiv9TZtqg64sgzUn6Dk=');
    expect(idOf(1, '192.168.0.89', '192.168.0.1', [20, 0])).toBe('1:3o2RFccXzUgjl7zDpqmY7yJi8rI=');
    expect(idOf(1, '192.168.0.89', '192.168.0.1', [20, 1])).toBe('1:tz/fHIDUHs19NkixVVoOZywde+I=');
    expect(idOf(58, 'fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', [135, 0])).toBe(
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    );
    expect(idOf(58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', [136, 0])).toBe(
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    );
    const [a, b] = ['3ffe:507:0:1:260:97ff:fe07:69ea', '3ffe:507:0:1:200:86ff:fe05:80da'];
    expect(idOf(58, a!, b!, [3, 0])).not.toBe(idOf(58, b!, a!, [3, 0]));
  });

  it('of a host that talks to itself go by ports', () => {
    expect(idOf(6, '127.0.0.1', '127.0.0.1', [5000, 80])).toBe(idOf(6, '127.0.0.1', '127.0.0.1', [80, 5000]));
  });

  it('of protocols without ports ignore them', () => {
    expect(idOf(47, '10.0.0.1', '10.0.0.2', [1, 2])).toBe(idOf(47, '10.0.0.2', '10.0.0.1'));
  });
});

describe('SHA-1', () => {
  it('agrees with OpenSSL at every length', () => {
    const sha1 = new Sha1Block();
    for (let len = 0; len <= MAX_SHA1_LEN; len++) {
      const message = Buffer.from(Array.from({ length: len }, (_, n) => (n * 37 + len) & 255));
      sha1.message.fill(0);
      sha1.message.set(message);
      sha1.digest(len);
      const digest = Buffer.alloc(20);
      for (const [n, word] of sha1.words.entries()) digest.writeInt32BE(word, n * 4);
      expect(digest.toString('hex')).toBe(createHash('sha1').update(message).digest('hex'));
    }
  });
});
