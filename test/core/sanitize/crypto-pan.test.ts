import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { CryptoPan } from '../../../src/core/sanitize/crypto-pan.js';

/**
 * Key and IPv4 vectors of the sample trace in the reference implementation (Crypto-PAn 1.0, Jinliang Fan et al.,
 * www.cc.gatech.edu/computing/Telecomm/projects/cryptopan); IPv6 vectors as independent implementations publish them for
 * the same key (github.com/Yawning/cryptopan and others).
 */
const KEY = Buffer.from([
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87,
  76, 45, 42, 132, 34, 2,
]);

const V4: readonly (readonly [string, string])[] = [
  ['128.11.68.132', '135.242.180.132'],
  ['129.118.74.4', '134.136.186.123'],
  ['130.132.252.244', '133.68.164.234'],
  ['141.223.7.43', '141.167.8.160'],
  ['141.233.145.108', '141.129.237.235'],
  ['152.163.225.39', '151.140.114.167'],
  ['156.29.3.236', '147.225.12.42'],
  ['165.247.96.84', '162.9.99.234'],
  ['166.107.77.190', '160.132.178.185'],
  ['192.102.249.13', '252.138.62.131'],
  ['192.41.57.43', '252.222.221.184'],
  ['193.150.244.223', '253.169.52.216'],
  ['195.205.63.100', '255.186.223.5'],
  ['198.26.132.101', '249.36.123.202'],
  ['204.202.136.230', '243.178.4.198'],
  ['208.147.89.59', '227.237.98.191'],
  ['216.254.18.172', '235.7.16.162'],
  ['24.0.250.221', '100.15.198.226'],
  ['38.15.67.68', '64.3.66.187'],
  ['4.3.88.225', '124.60.155.63'],
  ['63.14.55.111', '95.9.215.7'],
  ['64.39.15.238', '0.219.7.41'],
];

const V6: readonly (readonly [string, string])[] = [
  ['::1', '78ff:f001:9fc0:20df:8380:b1f1:704:ed'],
  ['::2', '78ff:f001:9fc0:20df:8380:b1f1:704:ef'],
  ['::ffff', '78ff:f001:9fc0:20df:8380:b1f1:704:f838'],
  ['2001:db8::1', '4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e'],
  ['2001:db8::2', '4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c'],
];

const bytes = (text: string) => Buffer.from(ipaddr.parse(text).toByteArray());
const text = (address: Buffer) => ipaddr.fromByteArray([...address]).toString();

describe('Crypto-PAn', () => {
  it('gives the replacements that the reference implementation publishes', () => {
    const pan = new CryptoPan(KEY);
    for (const [from, to] of V4) expect([from, text(pan.replace(bytes(from)))]).toEqual([from, to]);
    for (const [from, to] of V6) expect([from, text(pan.replace(bytes(from)))]).toEqual([from, to]);
  });

  it('depends on all of the key', () => {
    const other = Buffer.from(KEY);
    other[31]! ^= 1;
    expect(new CryptoPan(other).replace(bytes('128.11.68.132'))).not.toEqual(bytes('135.242.180.132'));
  });

  it('keeps the length of common prefixes', () => {
    const pan = new CryptoPan(KEY);
    const addresses = V4.map(([from]) => bytes(from));
    for (const a of addresses) {
      for (const b of addresses) expect(shared(pan.replace(a), pan.replace(b))).toBe(shared(a, b));
    }
  });
});

function shared(a: Buffer, b: Buffer): number {
  const xor = (a.readUInt32BE() ^ b.readUInt32BE()) >>> 0;
  return Math.clz32(xor);
}
