import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { ipBytes, ipText } from '../../../src/core/sanitize/ip-bytes.js';
import { Replacements } from '../../../src/core/sanitize/replacements.js';

const KEEPS_NONE = { keeps: () => false, suffixLabels: (name: string) => (name.endsWith('.com') ? 1 : 0) };
const policy = { names: KEEPS_NONE, keepsVendor: false, keepsTime: false };
const maps = new Replacements('secret of the test', policy);
const ip = (text: string) => ipText(maps.addresses.of(ipBytes(text)!));
const mac = (text: string) => maps.macs.of(Buffer.from(text.replaceAll(':', ''), 'hex')).toString('hex');

describe('addresses', () => {
  it('keeps those that belong to no host', () => {
    const kept = ['0.0.0.0', '127.0.0.1', '224.0.0.251', '239.255.255.250', '255.255.255.255', '::', '::1', 'ff02::fb'];
    expect(kept.map(ip)).toEqual(kept);
  });

  it('keeps an address in its special range, and others out of it', () => {
    const range = (text: string) => ipaddr.parse(text).range();
    const v4 = fc.ipV4().filter((text) => !text.startsWith('0.'));
    fc.assert(
      fc.property(fc.oneof(v4, fc.constantFrom('10.1.2.3', '172.20.1.9', '192.168.7.7', '169.254.3.4')), (text) => {
        const special = [
          'private',
          'linkLocal',
          'loopback',
          'multicast',
          'broadcast',
          'carrierGradeNat',
          'unspecified',
        ];
        const [before, after] = [range(text), range(ip(text))];
        if (special.includes(before) || special.includes(after)) expect(after).toBe(before);
      }),
    );
  });

  it('keeps the length of common prefixes, special ranges included', () => {
    const shared = (a: string, b: string) => {
      const [x, y] = [ipBytes(a)!, ipBytes(b)!];
      let i = 0;
      while (i < x.length * 8 && ((x[i >> 3]! ^ y[i >> 3]!) & (0x80 >> (i & 7))) === 0) i++;
      return i;
    };
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (a, b) => {
        if (Number(a.split('.')[0]) < 224 && Number(b.split('.')[0]) < 224)
          expect(shared(ip(a), ip(b))).toBe(shared(a, b));
      }),
    );
  });

  it('replaces the low bits of solicited-node groups as their MAC addresses do', () => {
    const group = ip('ff02::1:ff12:3456');
    expect(group).toMatch(/^ff02::1:ff/);
    expect(group).not.toBe('ff02::1:ff12:3456');
    const low = ipBytes(group)!.subarray(13).toString('hex');
    expect(mac('33:33:ff:12:34:56')).toBe(`3333ff${low}`);
  });
});

describe('MAC addresses', () => {
  it('keeps groups and zeros, and the kind of the others', () => {
    for (const kept of ['ffffffffffff', '01005e0000fb', '000000000000']) expect(mac(kept)).toBe(kept);
    expect(Number.parseInt(mac('001b21aabbcc').slice(0, 2), 16) & 3).toBe(0);
    expect(Number.parseInt(mac('021b21aabbcc').slice(0, 2), 16) & 3).toBe(2);
    expect(mac('001b21aabbcc')).not.toBe('001b21aabbcc');
  });

  it('keeps the vendor on request', () => {
    const vendor = new Replacements('secret of the test', { ...policy, keepsVendor: true });
    expect(vendor.macs.of(Buffer.from('001b21aabbcc', 'hex')).toString('hex')).toMatch(/^001b21(?!aabbcc)/);
  });
});

describe('names', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);

  it('keeps labels, lengths, public suffixes and upper case', () => {
    const replaced = maps.names.host('Mail-Server1.Example2.com');
    expect(replaced).toMatch(/^[A-Z][a-z]{3}-[A-Z][a-z]{5}\d\.[A-Z][a-z]{6}\d\.com$/);
    expect(replaced.toLowerCase()).not.toContain('mail');
    expect(maps.names.host('mail-server1.example2.com')).toBe(replaced.toLowerCase());
  });

  it('keeps services and special ends', () => {
    expect(maps.names.host('_http._tcp.local')).toBe('_http._tcp.local');
    expect(maps.names.host('4.3.2.10.in-addr.arpa')).toMatch(/^\d\.\d\.\d\.\d\d\.in-addr\.arpa$/);
  });

  it('never gives two words the same replacement', () => {
    fc.assert(
      fc.property(label, label, (a, b) => {
        expect(maps.names.text(a) === maps.names.text(b)).toBe(a === b);
        expect(maps.names.text(a)).toHaveLength(a.length);
      }),
    );
    const short = new Set([...'abcdefghijklmnopqrstuvwxyz'].map((letter) => maps.names.text(letter)));
    expect(short.size).toBe(26);
    expect([...'abcxyz'].map((letter) => maps.names.text(letter) === letter)).not.toContain(true);
  });

  it('gives others with another secret, and the same with the same', () => {
    const same = new Replacements(Buffer.from('secret of the test'), policy);
    const other = new Replacements('another secret', policy);
    expect(same.names.host('intranet.corp')).toBe(maps.names.host('intranet.corp'));
    expect(other.names.host('intranet.corp')).not.toBe(maps.names.host('intranet.corp'));
    expect(same.shiftSeconds).toBe(maps.shiftSeconds);
    expect(other.shiftSeconds).not.toBe(maps.shiftSeconds);
  });
});
