/** What rewritten payloads must be for other readers: whole structures, in which only values are others. */
import { describe, expect, it } from 'vitest';
import type { NamePolicy } from '../../../src/core/sanitize/name-map.js';
import { beginsBencode, rewriteBencode } from '../../../src/core/sanitize/payloads/bencode.js';
import { beginsBerMessages, rewriteBerMessages } from '../../../src/core/sanitize/payloads/ber.js';
import { beginsDceRpc, rewriteDceRpc } from '../../../src/core/sanitize/payloads/dce-rpc.js';
import { beginsDhcpv6, rewriteDhcpv6 } from '../../../src/core/sanitize/payloads/dhcpv6.js';
import { rewriteDns } from '../../../src/core/sanitize/payloads/dns.js';
import { rewriteDtls } from '../../../src/core/sanitize/payloads/dtls.js';
import { beginsGoogleQuic, rewriteGooglePacket } from '../../../src/core/sanitize/payloads/google-quic.js';
import { rewriteTls } from '../../../src/core/sanitize/payloads/tls.js';
import { Replacements } from '../../../src/core/sanitize/replacements.js';
import { der } from '../../forge/certificate.js';
import { dnsName } from '../../forge/dns.js';
import { be16, be32, hex, vector } from '../../forge/fields.js';
import { chlo, q043Packet, q046Packet, streamFrame } from '../../forge/google-quic.js';
import { Prng } from '../../forge/prng.js';

const KEEPS_ALL: NamePolicy = { keeps: () => true, suffixLabels: () => 0 };
const maps = new Replacements('a secret of this test', { names: KEEPS_ALL, keepsVendor: false, keepsTime: true });

/** What `rewrite` makes of `input`, in hex digits. */
function rewritten(input: Buffer, rewrite: (input: Buffer, out: Buffer) => void): string {
  const out = Buffer.alloc(input.length);
  rewrite(input, out);
  return out.toString('hex');
}
const dns = (input: Buffer) => rewritten(input, (from, out) => rewriteDns(from, out, 0, from.length, maps));
const tls = (input: Buffer) => rewritten(input, (from, out) => rewriteTls(from, out, 0, from.length, maps));
const message = (type: number, data: Buffer) =>
  Buffer.concat([
    hex('1234 8400 0000 0001 0000 0000'),
    dnsName('a.example'),
    be16(type),
    hex('0001 00000e10'),
    vector(2, data),
  ]);

describe('rewritten payloads', () => {
  it('keep the structure of DNSSEC records, without times, salts, hashes and signatures', () => {
    const covered = hex('0001 0d 02 00000e10');
    const signature = Buffer.concat([covered, hex('660000006500000012ab'), dnsName('example'), hex('a1a2a3a4')]);
    const blank = Buffer.concat([covered, Buffer.alloc(10), dnsName('example'), Buffer.alloc(4)]);
    expect(dns(message(46, signature))).toBe(message(46, blank).toString('hex'));
    const next = Buffer.concat([dnsName('b.example'), hex('0006 400000000003')]);
    expect(dns(message(47, next))).toBe(message(47, next).toString('hex'));
    expect(dns(message(50, hex('01 01 000a 04 aabbccdd 03 a1a2a3 0001 40')))).toBe(
      message(50, hex('01 01 000a 04 00000000 03 000000 0001 40')).toString('hex'),
    );
  });

  it('keep nothing behind the end of a DNS record that is shorter than its type needs', () => {
    const rest = Buffer.from('alice.wunderlich');
    const answer = Buffer.concat([message(46, Buffer.alloc(0)), rest]);
    expect(dns(answer)).toBe(Buffer.concat([message(46, Buffer.alloc(0)), Buffer.alloc(rest.length)]).toString('hex'));
  });

  it('show no message where a handshake was encrypted', () => {
    const head = hex('16 fefd 0001 000000000000 0008');
    const dtls = rewritten(Buffer.concat([head, hex('a1a2a3a4a5a6a7a8')]), (from, out) => rewriteDtls(from, out, maps));
    expect(dtls).toBe(`${head.toString('hex')}ff00000000000000`);
    expect(tls(hex('16 0303 0004 0e000000  14 0303 0001 01  16 0303 0004 a1a2a3a4'))).toBe(
      hex('16 0303 0004 0e000000  14 0303 0001 01  16 0303 0004 ff000000').toString('hex'),
    );
  });

  it('keep the lengths of certificate timestamps and of transport parameters of drafts', () => {
    const stamp = (fill: number) =>
      Buffer.concat([Buffer.alloc(41, fill), hex('0000 0403'), vector(2, Buffer.alloc(6, fill))]);
    const hello = (extensions: Buffer) => {
      const body = Buffer.concat([hex('0303'), Buffer.alloc(32), hex('00 1301 00'), vector(2, extensions)]);
      const handshake = Buffer.concat([hex('02'), be32(body.length).subarray(1), body]);
      return Buffer.concat([hex('160303'), vector(2, handshake)]);
    };
    const extension = (type: number, data: Buffer) => Buffer.concat([be16(type), vector(2, data)]);
    const stamps = (fill: number) => extension(18, vector(2, vector(2, stamp(fill))));
    expect(tls(hello(stamps(0xa1)))).toBe(hello(stamps(0)).toString('hex'));
    const parameters = (value: string) => extension(0xffa5, vector(2, hex(`0001 0004 ${value} 0005 0000`)));
    expect(tls(hello(parameters('a1a2a3a4')))).toBe(hello(parameters('00000000')).toString('hex'));
  });

  it('keep the tags of a CHLO in clear, with all versions of the header', () => {
    for (const packet of [q043Packet, q046Packet]) {
      const input = packet(1, streamFrame(0, chlo('www.example.org')));
      expect(beginsGoogleQuic(input)).toBe(true);
      const out = Buffer.alloc(input.length);
      rewriteGooglePacket(input, out, maps);
      const table = (from: Buffer) => from.subarray(from.indexOf('CHLO'), from.indexOf('www.example.org'));
      expect(table(out)).toHaveLength(table(input).length);
      expect(out.indexOf('SNI\0')).toBe(input.indexOf('SNI\0'));
    }
  });

  it('keep the tags and lengths of BER, and numbers of one byte; times are shifted', () => {
    const user = Buffer.from('alice.wunderlich');
    const blank = Buffer.alloc(user.length);
    const request = (name: Buffer) => {
      const body = der(0x30, der(0x1b, name), der(0x18, Buffer.from('20261122182232Z')));
      const preAuthentication = der(0xa5, der(4, der(0x30, der(2, hex('17')))));
      return der(0x6a, der(0x30, der(0xa1, der(2, hex('05'))), der(0xa4, body), preAuthentication));
    };
    const bind = (name: Buffer) =>
      der(0x30, der(2, hex('01')), der(0x60, der(2, hex('03')), der(4, name), der(0x80, name)));
    const rewrite = (from: Buffer, out: Buffer) => rewriteBerMessages(from, out, maps);
    for (const [input, wanted] of [
      [request(user), request(blank)],
      [
        Buffer.concat([be32(request(user).length), request(user)]),
        Buffer.concat([be32(request(user).length), request(blank)]),
      ],
      [Buffer.concat([bind(user), bind(user)]), Buffer.concat([bind(blank), bind(blank)])],
    ] as const) {
      expect(beginsBerMessages(input)).toBe(true);
      expect(rewritten(input, rewrite)).toBe(wanted.toString('hex'));
    }
  });

  it('keep the structure of bencoded messages, of DHCPv6 and of DCE/RPC', () => {
    const query = (id: string, port: string) =>
      Buffer.from(`d1:ad2:id5:${id}4:porti${port}ee1:q4:ping1:t2:\0\x001:y1:qe`);
    expect(beginsBencode(query('alice', '6881'))).toBe(true);
    expect(rewritten(query('alice', '6881'), rewriteBencode)).toBe(query('\0\0\0\0\0', '1111').toString('hex'));

    const solicit = (id: string) =>
      hex(`01 ${id.slice(0, 6)} 0001 0006 0003 ${id} 0003 000c ${id} 00000000 00000000 0006 0002 0017`);
    expect(beginsDhcpv6(solicit('a1a2a3a4'))).toBe(true);
    expect(rewritten(solicit('a1a2a3a4'), rewriteDhcpv6)).toBe(solicit('00000000').toString('hex'));

    const other = Buffer.from('\x01ali\0alice.wunderlich');
    expect(rewritten(other, rewriteDhcpv6)).toBe(Buffer.alloc(other.length).toString('hex'));

    const call = (stub: string, auth: string) => hex(`0500000310000000 1400 ${auth} 07000000 ${stub}`);
    expect(beginsDceRpc(call('a1a2a3a4', '0800'), 0)).toBe(true);
    expect(rewritten(call('a1a2a3a4', '0800'), rewriteDceRpc)).toBe(call('00000000', '0000').toString('hex'));
  });

  it('take any bytes: no exception, no byte beyond the end', () => {
    const random = new Prng(28);
    const starts = ['64313a', '0c', '6a20302030', '301002010160', '0500000310000000', '01000000'].map((one) =>
      hex(one),
    );
    for (let n = 0; n < 3000; n++) {
      const tail = Buffer.from(Array.from({ length: (random.uint32() >>> 0) % 60 }, () => random.uint32() & 0xff));
      const input = Buffer.concat([starts[n % starts.length]!, tail]);
      const out = Buffer.alloc(input.length);
      for (const rewrite of [rewriteBencode, rewriteDhcpv6, rewriteDceRpc]) rewrite(input, out);
      rewriteBerMessages(input, out, maps);
      rewriteGooglePacket(input, out, maps);
      expect(out).toHaveLength(input.length);
    }
  });
});
