import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { DpiError } from '../../../src/core/common/error.js';
import { emptyRecord } from '../../../src/core/report/connection-reader.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { Fields } from '../../../src/core/select/fields.js';
import { parseWhere } from '../../../src/core/select/where.js';
import { connection } from '../../support/report-fixture.js';

const APPS = createAppTable();
const BEGIN_MICROS = 1_772_360_040_000_000;

function selects(expression: string, changes: Partial<ConnectionRecord> = {}): boolean {
  return parseWhere(expression, APPS).selects(connection(changes), BEGIN_MICROS);
}

/** The place, from 1, and the sentence. */
function errorOf(expression: string): [column: number, end: number, message: string] {
  try {
    parseWhere(expression, APPS);
  } catch (error) {
    if (!(error instanceof DpiError) || error.excerpt === null) throw error;
    expect(error.code).toBe('bad-where');
    expect(error.excerpt.text).toBe(expression);
    return [error.excerpt.at + 1, error.excerpt.end + 1, error.message];
  }
  throw new Error(`'${expression}' is no error`);
}

describe('a where expression', () => {
  it.each([
    // The connection: 5,534,221 bytes in 4321 packets, TCP 10.0.0.5:51234 to 142.250.184.206:443, 12.376544 s.
    ['bytes > 5M', true],
    ['bytes > 6M', false],
    ['bytes >= 5534221 and bytes <= 5534221', true],
    ['bytes < 5534221 or bytes > 5534221', false],
    ['bytes > 5MiB', true],
    ['bytes > 5.3MiB', false],
    ['packets == 4321', true],
    ['packets = 4321', true],
    ['packets != 4321', false],
    ['packets <> 4321', false],
    ['packets in 4000-5000', true],
    ['packets > 4.3k', true],
    ['dst_port in (80, 443)', true],
    ['dst_port in (80, 8000-8100)', false],
    ['dst_port not in (80, 8000-8100)', true],
    ['port in 51234', true],
    ['src_ip in 10.0.0.0/8', true],
    ['src_ip == 10.0.0.0/8', true],
    ['src_ip != 10.0.0.0/8', false],
    ['ip in (192.0.2.0/24, 142.250.0.0/16)', true],
    ['dst_ip in 2001:db8::/32', false],
    ['duration > 12s and duration < 12.4s', true],
    ['duration == 12.376544', true],
    ['duration > 1m', false],
    ['app == youtube', true],
    ['app == "YouTube"', true],
    ['app != NETFLIX', true],
    ['app in (NETFLIX, YOUTUBE)', true],
    ['category == video', true],
    ['category == vpn', false],
    ['domain ~ ytimg', true],
    ['domain ~ YTIMG.com', true],
    ['domain ~ *.ytimg.com', true],
    ['domain ~ i*.com', true],
    ['domain ~ ytimg*', false],
    ['domain !~ google', true],
    ["tls_version == '1.3'", true],
    ['alpn == h2', true],
    ['tcp_state == closed', true],
    ['blocked', false],
    ['not blocked', true],
    ['! blocked', true],
    ['blocked == false', true],
    ['first_seen >= 7s', true],
    ['first_seen >= 8s', false],
    ['last_seen <= 19.5s', true],
    ['last_seen < 19.5s', false],
    ['first_seen > 1772360047', true],
    ['first_seen > 2026-03-01T10:14:07Z', true],
    ['first_seen > 2026-03-01T12:14:08+02:00', false],
    ['protocol == TCP && app_protocol == tls || blocked', true],
  ])('%s is %s', (expression, expected) => {
    expect(selects(expression)).toBe(expected);
  });

  it('binds and closer than or, and not closest', () => {
    expect(selects('packets == 4321 or packets == 1 and bytes == 1')).toBe(true);
    expect(selects('(packets == 4321 or packets == 1) and bytes == 1')).toBe(false);
    expect(selects('not packets == 1 and bytes == 1')).toBe(false);
    expect(selects('not (packets == 1 and bytes == 1)')).toBe(true);
    expect(selects('NOT packets == 1 AND NOT NOT bytes > 1')).toBe(true);
  });

  it('is never true of a value that is missing, but by == null and not', () => {
    const missing = { domain: null, domains: [], evidence_packet: null };
    for (const expression of ['domain == i.ytimg.com', 'domain != i.ytimg.com', 'domain ~ a', 'domain !~ a']) {
      expect(selects(expression, missing)).toBe(false);
    }
    expect(selects('evidence_packet < 5', missing)).toBe(false);
    expect(selects('evidence_packet >= 0', missing)).toBe(false);
    expect(selects('domain not in (a.example)', missing)).toBe(false);
    expect(selects('domains != a.example', missing)).toBe(false);
    expect(selects('not domain == a.example', missing)).toBe(true);
    expect(selects('domain == null and domains == null and evidence_packet == null', missing)).toBe(true);
    expect(selects('domain != null', missing)).toBe(false);
    expect(selects('domain != null and domains != null')).toBe(true);
    expect(selects("domain == 'null'", { domain: 'null' })).toBe(true);
  });

  it('asks a list whether any of its values fits, != and not in whether none does', () => {
    const two = { domains: ['a.example', 'b.example'] };
    expect(selects('domains == b.example', two)).toBe(true);
    expect(selects('domains ~ b.', two)).toBe(true);
    expect(selects('domains != b.example', two)).toBe(false);
    expect(selects('domains not in (b.example, c.example)', two)).toBe(false);
    expect(selects('domains !~ c.', two)).toBe(true);
  });

  it('takes an IPv4 address inside IPv6 as IPv4, as rules do', () => {
    expect(selects('src_ip in 10.0.0.0/8', { src_ip: '::ffff:10.1.2.3' })).toBe(true);
    expect(selects('src_ip == 2001:DB8::0:1', { src_ip: '2001:db8::1' })).toBe(true);
  });

  it('can ask about every key of a connection', () => {
    const { names } = new Fields(APPS);
    for (const key of Object.keys(emptyRecord())) {
      expect(names).toContain(key);
      expect(selects(`${key} == null or not ${key} == null`)).toBe(true);
    }
  });

  it('says what its fields are empty without', () => {
    expect([...parseWhere('bytes > 1 and not ja4 == null', APPS).needs]).toEqual(['handshakes']);
    expect([...parseWhere('rtt_ms > 1 or first_packet < 9', APPS).needs]).toEqual(['quality', 'packets']);
    expect([...parseWhere('bytes > 1 and domain ~ ja4', APPS).needs]).toEqual([]);
  });

  it.each<[string, number, number, RegExp]>([
    ['', 1, 1, /^column 1: the expression ends where a field such as/],
    ['  ', 3, 3, /the expression ends where a field/],
    ['byts > 1', 1, 5, /there is no field 'byts'; did you mean bytes\? 'dpi schema report'/],
    ['bytes >', 8, 8, /the expression ends where a number of bytes such as .* is expected for 'bytes'/],
    ['bytes > > 1', 9, 10, /'>' stands where a number of bytes/],
    ['bytes > lots', 9, 13, /'bytes' takes a number of bytes such as 1500, 10M or 64KiB, not 'lots'/],
    ['bytes > 10 packets > 1', 12, 19, /expected 'and' or 'or' before 'packets'/],
    ['(bytes > 10', 12, 12, /expected '\)' for the '\(' in column 1/],
    ['bytes > 10)', 11, 12, /expected 'and' or 'or' before '\)'/],
    ['bytes in (1, 2', 15, 15, /expected ',' or '\)' in the list/],
    ['bytes in (1, )', 14, 15, /'\)' stands where a number of bytes/],
    ['bytes 5', 7, 8, /expected a comparison after 'bytes'/],
    ['bytes not 5', 11, 12, /expected 'in' after 'not'/],
    ['bytes ~ 5', 7, 8, /'bytes' is no text for ~ to look into/],
    ['domain < a', 8, 9, /'domain' has no order/],
    ['bytes > null', 7, 8, /null can be compared by == and != only/],
    ['src_ip in 10.0.0.0/33', 11, 22, /'src_ip' takes an address or prefix/],
    ['first_seen > 10', 14, 16, /'first_seen' takes a time such as/],
    ['app == YOUTUB', 8, 14, /'app' takes a known app, not 'YOUTUB'; did you mean YOUTUBE/],
    ['domain == "a', 11, 13, /the text has no closing "/],
    ['blocked & ech', 9, 10, /'&' has no meaning here/],
    ['blocked == maybe', 12, 17, /'blocked' takes true or false/],
  ])('points at the mistake in %j', (expression, column, end, message) => {
    const found = errorOf(expression);
    expect(found).toEqual([column, end, expect.stringMatching(message)]);
    expect(found[2]).toContain(`column ${column}: `);
  });

  it('refuses what is too long or nested too deep, without a stack overflow', () => {
    expect(errorOf(`${'('.repeat(5000)}bytes > 1`)[2]).toContain('nested more than');
    expect(errorOf(`${'not '.repeat(2000)}blocked`)[2]).toContain('nested more than');
    expect(errorOf('x'.repeat(10_001))[2]).toContain('longer than 10000');
    expect(selects(`${'('.repeat(90)}bytes > 1${')'.repeat(90)}`)).toBe(true);
    expect(selects(Array.from({ length: 500 }, () => 'bytes > 1').join(' and '))).toBe(true);
  });

  it('throws nothing but mistakes, whatever is written', () => {
    const parts = [
      'bytes',
      '>',
      '==',
      '(',
      ')',
      'in',
      'not',
      'and',
      'or',
      ',',
      '1M',
      '"',
      "'a'",
      '10.0.0.0/8',
      '\\',
      '=',
      '~',
      'null',
      '\u0000',
      '😀',
    ];
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let n = 0; n < 5000; n++) {
      const expression = Array.from({ length: 1 + random(9) }, () => parts[random(parts.length)]!).join(' ');
      try {
        parseWhere(expression, APPS).selects(connection(), BEGIN_MICROS);
      } catch (error) {
        expect(error).toBeInstanceOf(DpiError);
        const { at, end } = (error as DpiError).excerpt!;
        expect(at >= 0 && at <= end && end <= expression.length).toBe(true);
      }
    }
  });
});
