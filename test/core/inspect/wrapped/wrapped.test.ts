import { describe, expect, it } from 'vitest';
import {
  Finding,
  FOUND,
  InspectContext,
  type Inspector,
  NEED_MORE,
  NOT_MINE,
} from '../../../../src/core/inspect/inspector.js';
import { mysqlTlsRequestInspector } from '../../../../src/core/inspect/wrapped/mysql-tls-request.js';
import { proxyProtocolInspector } from '../../../../src/core/inspect/wrapped/proxy-protocol.js';
import { socksInspector } from '../../../../src/core/inspect/wrapped/socks.js';
import { hex } from '../../../forge/fields.js';
import { Prng } from '../../../forge/prng.js';

function ask(inspector: Inspector, bytes: Buffer, final = false) {
  const context = new InspectContext();
  context.final = final;
  const finding = new Finding();
  // Not at offset 0, so that absolute and relative offsets are told apart.
  const buf = Buffer.concat([Buffer.alloc(5, 0x55), bytes, Buffer.alloc(3, 0x55)]);
  const status = inspector.inspect(buf, 5, 5 + bytes.length, context, finding);
  return { status, consumed: finding.consumedEnd < 0 ? -1 : finding.consumedEnd - 5, neededLen: finding.neededLen };
}

const LINE = Buffer.from('PROXY TCP4 198.51.100.1 203.0.113.10 50000 443\r\n');
const BINARY = hex('0d0a0d0a000d0a515549540a 21 11 000c c6336401 cb00710a c350 01bb');
const MYSQL = Buffer.concat([hex('20000001 05aefa19 00000001 ff'), Buffer.alloc(23)]);

describe('PROXY protocol', () => {
  it.each([
    ['version 1', LINE],
    ['version 1 for IPv6', Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\n')],
    ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n')],
    ['version 2', BINARY],
    ['version 2, local', hex('0d0a0d0a000d0a515549540a 20 00 0000')],
  ])('%s: consumed whole, asked for at every cut', (_, header) => {
    expect(ask(proxyProtocolInspector, Buffer.concat([header, hex('160301')]))).toMatchObject({
      status: FOUND,
      consumed: header.length,
    });
    for (let len = 1; len < header.length; len++) {
      const answer = ask(proxyProtocolInspector, header.subarray(0, len));
      // A binary header whose addresses are still to come is as good as read.
      const isRead = header[0] === 0x0d && len >= 16;
      expect(answer.status, `cut at ${len}`).toBe(isRead ? FOUND : NEED_MORE);
      if (!isRead) expect(answer.neededLen).toBeGreaterThan(len);
      expect(ask(proxyProtocolInspector, header.subarray(0, len), true).status).toBe(isRead ? FOUND : NOT_MINE);
    }
  });

  it.each([
    'PROXY TCP5 1.2.3.4\r\n',
    'PROXY\r\n',
    'POST / HTTP/1.1\r\n',
    'PROXY TCP4 \u0001\r\n',
    `PROXY TCP4 ${'1'.repeat(120)}`,
    '\r\n\r\nGET',
  ])('is not %j', (text) => {
    expect(ask(proxyProtocolInspector, Buffer.from(text, 'latin1'), true).status).toBe(NOT_MINE);
  });
});

describe('SOCKS', () => {
  it.each([
    ['greeting', '050100', 3],
    ['greeting with three methods', '0503000102', 5],
    ['greeting and request', '050100 05010001 c0000207 01bb', 3],
    ['request by IPv4 address', '05010001 c0000207 01bb', 10],
    ['request by name', '05010003 0b 6578616d706c652e636f6d 0050', 18],
    ['request by IPv6 address', '05010004 20010db8000000000000000000000010 01bb', 22],
    ['version 4', '040101bb c0000207 6d6500', 11],
    ['version 4 without a user', '040101bb c0000207 00', 9],
    ['version 4A', '040101bb 00000001 00 6578616d706c652e636f6d00', 21],
  ])('%s', (_, digits, len) => {
    const bytes = hex(digits);
    expect(ask(socksInspector, bytes)).toMatchObject({ status: FOUND, consumed: len });
    for (let cut = 1; cut < bytes.length; cut++) {
      const { status, consumed } = ask(socksInspector, bytes.subarray(0, cut));
      if (status === FOUND) expect(consumed).toBeLessThanOrEqual(cut);
      else expect(status).toBe(NOT_MINE);
    }
  });

  it.each([
    ['version 5', '05010003 0b 6578616d706c652e636f6d 0050', 'example.com'],
    ['version 4A', '040101bb 00000001 6d6500 6578616d706c652e636f6d00', 'example.com'],
    ['version 5 with an address', '05010001 c0000207 01bb', ''],
    ['version 4 with an address', '040101bb c0000207 6d6500', ''],
  ])('names the host of a request: %s', (_, digits, name) => {
    const finding = new Finding();
    const bytes = hex(digits);
    expect(socksInspector.inspect(bytes, 0, bytes.length, new InspectContext(), finding)).toBe(FOUND);
    expect(finding.nameBuf?.toString('latin1', finding.nameStart, finding.nameEnd) ?? '').toBe(name);
  });

  it.each(['0501', '0500', '05010a', '05010100 c0000207', '040301bb c0000207 00', '040101bb 00000001 00 00'])(
    'is not %s',
    (digits) => expect(ask(socksInspector, hex(digits)).status).toBe(NOT_MINE),
  );
});

describe('MySQL’s request for TLS', () => {
  it('is found where a TLS record follows, and consumed', () => {
    expect(ask(mysqlTlsRequestInspector, Buffer.concat([MYSQL, hex('1603010200')]))).toMatchObject({
      status: FOUND,
      consumed: 36,
    });
    for (let cut = 1; cut <= MYSQL.length + 1; cut++) {
      expect(ask(mysqlTlsRequestInspector, Buffer.concat([MYSQL, hex('16')]).subarray(0, cut)).status).toBe(NOT_MINE);
    }
    const plain = Buffer.from(MYSQL);
    plain[5] = 0;
    expect(ask(mysqlTlsRequestInspector, Buffer.concat([plain, hex('160301')])).status).toBe(NOT_MINE);
  });
});

it('noise is read by none of them beyond its end', () => {
  const random = new Prng('wrapped');
  for (const inspector of [proxyProtocolInspector, socksInspector, mysqlTlsRequestInspector]) {
    for (let n = 0; n < 2000; n++) {
      const noise = random.bytes(1 + random.int(80));
      noise[0] = random.pick(inspector.firstBytes!);
      const { status, consumed } = ask(inspector, noise, n % 2 === 0);
      if (status === FOUND && inspector === socksInspector) expect(consumed).toBeLessThanOrEqual(noise.length);
      if (status === FOUND) expect(consumed).toBeGreaterThan(0);
    }
  }
});
