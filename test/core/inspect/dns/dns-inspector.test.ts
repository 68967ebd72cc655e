import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsInspector, dnsTcpInspector, questionName } from '../../../../src/core/inspect/dns/dns-inspector.js';
import {
  Finding,
  FOUND,
  InspectContext,
  type Inspector,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
} from '../../../../src/core/inspect/inspector.js';
import { encodeMessage, encodeName, question, record } from './messages.js';

interface Answer {
  status: number;
  name: string | null;
  protocol: string;
  consumedEnd: number;
  neededLen: number;
  finding: Finding;
}

function ask(inspector: Inspector, message: Buffer, srcPort: number, dstPort: number, final: boolean): Answer {
  const start = 5;
  const buf = Buffer.concat([Buffer.alloc(start, 0xc0), message, Buffer.alloc(300, 1)]);
  const context = new InspectContext();
  context.srcPort = srcPort;
  context.dstPort = dstPort;
  context.final = final;
  const finding = new Finding();
  const status = inspector.inspect(buf, start, start + message.length, context, finding);
  const { nameBuf, nameStart, nameEnd, protocol, neededLen } = finding;
  const name = nameStart === -1 ? null : nameBuf!.toString('latin1', nameStart, nameEnd);
  return { status, name, protocol, neededLen, consumedEnd: finding.consumedEnd - start, finding };
}

const udp = (message: Buffer, port = 53) => ask(dnsInspector, message, 40000, port, false);
const tcp = (message: Buffer, port = 53, final = false) => ask(dnsTcpInspector, message, 40000, port, final);
const framed = (message: Buffer) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

/** `dig www.youtube.com` with a cookie, as dig 9.18 sends it. */
const DIG = Buffer.from(
  '2a5c012000010000000000010377777707796f757475626503636f6d0000010001000029' +
    '04d000000000000c000a00081d1f5c2b7a3e4c90',
  'hex',
);
const DIG_ANSWER = encodeMessage({
  flags: 0x8180,
  questions: [question('www.youtube.com', 1)],
  answers: [
    record(Buffer.from([0xc0, 12]), 5, 300, encodeName('youtube-ui.l.google.com')),
    record(encodeName('youtube-ui.l.google.com'), 1, 300, Buffer.from([142, 250, 1, 2])),
  ],
});

describe('DNS over UDP', () => {
  it('names a query and its answer', () => {
    expect(udp(DIG)).toMatchObject({ status: FOUND, name: 'www.youtube.com', protocol: 'dns' });
    expect(ask(dnsInspector, DIG_ANSWER, 53, 40000, false)).toMatchObject({ status: FOUND, name: 'www.youtube.com' });
  });
  it('calls it by its port', () => {
    expect(udp(DIG, 5353).protocol).toBe('mdns');
    expect(udp(DIG, 5355).protocol).toBe('llmnr');
    expect(ask(dnsInspector, DIG, 5353, 5353, false).protocol).toBe('mdns');
    expect(udp(DIG, 137).status).toBe(NOT_MINE);
  });
  it('keeps the letter case, finds no name in the root, none in an answer without question', () => {
    expect(udp(encodeMessage({ questions: [question('wWw.ExAmple', 1)] })).name).toBe('wWw.ExAmple');
    expect(udp(encodeMessage({ questions: [question('', 2)] }))).toMatchObject({ status: FOUND, name: null });
    const announcement = encodeMessage({
      flags: 0x8400,
      answers: [record(encodeName('a.local'), 1, 9, Buffer.alloc(4))],
    });
    expect(udp(announcement, 5353)).toMatchObject({ status: FOUND, name: null, protocol: 'mdns' });
    expect(udp(encodeMessage({ flags: 0x8001 }))).toMatchObject({ status: FOUND, name: null });
  });
  it('escapes what would be ambiguous', () => {
    const odd = encodeMessage({ questions: [question(['a.b', 'c\\d', 'e\r\0f', '\x7f é'], 1)] });
    expect(udp(odd).name).toBe('a\\.b.c\\\\d.e\\013\\000f.\\127 é');
  });
  it('finds whole messages on any port', () => {
    expect(udp(DIG, 12345)).toMatchObject({ status: FOUND, name: 'www.youtube.com', protocol: '' });
    expect(udp(DIG_ANSWER, 443)).toMatchObject({ status: FOUND, name: 'www.youtube.com' });
    expect(udp(Buffer.concat([DIG, Buffer.alloc(1)]), 12345).status).toBe(NOT_MINE);
    const two = encodeMessage({ questions: [question('a.b', 1), question('c.d', 1)] });
    expect(udp(two, 12345).status).toBe(NOT_MINE);
    for (let len = 0; len < DIG.length; len++) expect(udp(DIG.subarray(0, len), 12345).status).toBe(NOT_MINE);
  });
  it('gives a whole name at every truncation on its port, and no part of one', () => {
    for (let len = 0; len < DIG.length; len++) {
      const answer = udp(DIG.subarray(0, len));
      expect(answer.name, `${len} bytes`).toBe(len < 29 ? null : 'www.youtube.com');
      expect(answer.status === FOUND).toBe(len >= 29);
    }
  });
  it('gives the further questions', () => {
    const message = encodeMessage({
      questions: [
        question('_ipp._tcp.local', 12),
        question('', 2),
        Buffer.concat([Buffer.from([1, 0x61, 0xc0, 12, 0, 1, 0, 1])]),
      ],
    });
    const finding = new Finding();
    const names: (string | null)[] = [];
    for (let i = 0; questionName(message, 0, message.length, i, finding); i++) {
      names.push(finding.nameStart === -1 ? null : finding.nameBuf!.toString('latin1', 0, finding.nameEnd));
    }
    expect(names).toEqual(['_ipp._tcp.local', null, 'a._ipp._tcp.local']);
    expect(questionName(message, 0, 40, 2, finding)).toBe(false);
    expect(questionName(message, 0, 5, 0, finding)).toBe(false);
  });
  it('follows a pointer forward in a question, as dnsmasq does', () => {
    const forward = Buffer.from([3, 0x77, 0x77, 0x77, 0xc0, 22, 0, 1, 0, 1, 1, 0x61, 0]);
    expect(udp(encodeMessage({ questions: [forward] }))).toMatchObject({ status: FOUND, name: 'www.a' });
  });
  it('refuses names that break the rules', () => {
    const withName = (...bytes: number[]) => encodeMessage({ questions: [Buffer.from([...bytes, 0, 1, 0, 1])] });
    expect(udp(withName(0xc0, 12)).status, 'pointer to itself').toBe(MALFORMED);
    expect(udp(withName(1, 0x61, 0xc0, 12)).status, 'loop').toBe(MALFORMED);
    expect(udp(withName(0x40, 0x61, 0)).status, 'extended label').toBe(MALFORMED);
    expect(udp(encodeMessage({ questions: [question(Array(128).fill('a'), 1)] })).status, 'too long').toBe(MALFORMED);
    expect(udp(encodeMessage({ questions: [question(Array(127).fill('a'), 1)] })).name).toBe(
      Array(127).fill('a').join('.'),
    );
  });
});

describe('DNS over TCP', () => {
  const stream = Buffer.concat([framed(DIG), framed(DIG_ANSWER)]);

  it('reads one message after the other', () => {
    const first = tcp(stream);
    expect(first).toMatchObject({
      status: FOUND,
      name: 'www.youtube.com',
      protocol: 'dns',
      consumedEnd: DIG.length + 2,
    });
    expect(tcp(stream.subarray(first.consumedEnd))).toMatchObject({ name: 'www.youtube.com' });
  });
  it('waits for the question at every truncation, on any port for the message', () => {
    const bytes = framed(DIG);
    for (let len = 1; len < bytes.length; len++) {
      const onPort = tcp(bytes.subarray(0, len));
      expect(onPort.status, `${len} bytes`).toBe(len < 2 + 33 ? NEED_MORE : FOUND);
      expect(onPort.consumedEnd === -6 || onPort.consumedEnd === bytes.length).toBe(true);
      const anywhere = tcp(bytes.subarray(0, len), 9999);
      expect(anywhere.status).toBe(NEED_MORE);
      for (const answer of [onPort, anywhere])
        if (answer.status === NEED_MORE) expect(answer.neededLen).toBeGreaterThan(len);
      if (len < 2 + 33) expect(tcp(bytes.subarray(0, len), 53, true).status).toBe(NOT_MINE);
      expect(tcp(bytes.subarray(0, len), 9999, true).status).toBe(NOT_MINE);
    }
    expect(tcp(bytes, 9999)).toMatchObject({ status: FOUND, name: 'www.youtube.com', consumedEnd: bytes.length });
  });
  it('leaves other protocols on port 53 alone', () => {
    expect(tcp(Buffer.from('GET /../../images.gif HTTP/1.1\r\nHost: www.ExAmPlE.cOM\r\n\r\n')).status).toBe(NOT_MINE);
    expect(tcp(Buffer.from('160301020001000001fc0303aabbccddeeff00112233445566778899', 'hex')).status).toBe(NOT_MINE);
    expect(tcp(Buffer.from('SSH-2.0-OpenSSH_9.6p1\r\n')).status).toBe(NOT_MINE);
  });
});

describe('any bytes', () => {
  it('end in an answer', () => {
    const ports = fc.constantFrom(53, 5353, 5355, 137, 443);
    const header = fc.constantFrom(
      DIG.subarray(0, 12),
      DIG_ANSWER.subarray(0, 12),
      framed(DIG).subarray(0, 14),
      Buffer.alloc(0),
    );
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 60 }), ports, fc.boolean(), (head, tail, port, final) => {
        const bytes = Buffer.concat([head, tail]);
        for (const inspector of [dnsInspector, dnsTcpInspector]) {
          const answer = ask(inspector, bytes, 40000, port, final);
          if (final || inspector === dnsInspector) expect(answer.status).not.toBe(NEED_MORE);
          if (answer.name !== null) {
            expect(answer.status).toBe(FOUND);
            expect(answer.finding.nameEnd).toBeLessThanOrEqual(answer.finding.nameBuf!.length);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('as a name come back: labels, dots and all', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const host = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    const labels = fc.oneof(
      fc.array(host, { minLength: 1, maxLength: 8 }),
      fc.array(label, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(labels, (parts) => {
        const wire = encodeName(parts);
        fc.pre(wire.length <= 255);
        const answer = udp(encodeMessage({ questions: [question(parts, 1)] }));
        expect(answer.status).toBe(FOUND);
        expect(splitLabels(answer.name!)).toEqual(parts);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The labels of a name in presentation format (RFC 1035 §5.1). */
function splitLabels(text: string): string[] {
  const labels = [''];
  for (const [part, code, char] of text.matchAll(/\\(\d{3})|\\(.)|./gs)) {
    if (part === '.') labels.push('');
    else labels[labels.length - 1] += code === undefined ? (char ?? part) : String.fromCharCode(Number(code));
  }
  return labels;
}
