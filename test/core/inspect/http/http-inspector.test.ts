import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpInspector } from '../../../../src/core/inspect/http/http-inspector.js';
import {
  CONFIDENCE_CERTAIN,
  CONFIDENCE_LIKELY,
  type Direction,
  Finding,
  FOUND,
  InspectContext,
  NEED_MORE,
  NOT_MINE,
  TO_INITIATOR,
} from '../../../../src/core/inspect/inspector.js';

interface Answer {
  status: number;
  name: string | null;
  protocol: string;
  consumedEnd: number;
  neededLen: number;
}

/** Shows the bytes at an odd offset between other bytes, which must not matter. */
function inspect(text: string | Buffer, final = false, context = new InspectContext()): Answer {
  const bytes = Buffer.from(text as string, 'latin1');
  const start = 7;
  const buf = Buffer.concat([Buffer.alloc(start, 0x41), bytes, Buffer.from('\r\nHost: outside\r\n\r\n')]);
  const finding = new Finding();
  context.final = final;
  const status = httpInspector.inspect(buf, start, start + bytes.length, context, finding);
  const { nameBuf, nameStart, nameEnd } = finding;
  return {
    status,
    name: nameStart === -1 ? null : nameBuf!.toString('latin1', nameStart, nameEnd),
    protocol: finding.protocol,
    consumedEnd: finding.consumedEnd === -1 ? -1 : finding.consumedEnd - start,
    neededLen: finding.neededLen,
  };
}

/** Plays one direction of a connection as the flow engine does: returns the names in order. */
function play(segments: Buffer[], direction: Direction = 0): string[] {
  const context = new InspectContext();
  context.direction = direction;
  const finding = new Finding();
  const names: string[] = [];
  let waiting = Buffer.alloc(0);
  let skip = 0;
  for (const segment of segments) {
    const skipped = Math.min(skip, segment.length);
    skip -= skipped;
    let bytes = Buffer.concat([waiting, segment.subarray(skipped)]);
    waiting = Buffer.alloc(0);
    while (bytes.length > 0) {
      finding.reset();
      const status = httpInspector.inspect(bytes, 0, bytes.length, context, finding);
      if (status === NEED_MORE) {
        expect(finding.neededLen).toBeGreaterThan(bytes.length);
        waiting = bytes;
        break;
      }
      if (status !== FOUND) break;
      if (finding.nameStart !== -1) {
        names.push(finding.nameBuf!.toString('latin1', finding.nameStart, finding.nameEnd));
      }
      if (finding.consumedEnd === -1) break;
      expect(finding.consumedEnd).toBeGreaterThan(0);
      skip = Math.max(0, finding.consumedEnd - bytes.length);
      bytes = bytes.subarray(finding.consumedEnd);
    }
  }
  httpInspector.end?.(context.state);
  return names;
}

const CURL =
  'GET / HTTP/1.1\r\nHost: www.youtube.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nProxy-Connection: Keep-Alive\r\n\r\n';
const POST =
  'POST /login HTTP/1.1\r\nUser-Agent: x\r\nContent-Length: 27\r\nHost: a.example:8080\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n';
const CHUNKED =
  'PUT /up HTTP/1.1\r\nHost: c.example\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n5\r\nhello\r\n0\r\n\r\n';

describe('names', () => {
  const cases: [string, string, string | null][] = [
    ['a plain request', CURL, 'www.youtube.com'],
    ['LF alone as line end', 'GET / HTTP/1.1\nHost: a.example\n\n', 'a.example'],
    ['any token as method', 'QUERY /users HTTP/1.1\r\nHost: example.com\r\n\r\n', 'example.com'],
    ['odd characters in the method', "M-SEARCH'! * HTTP/1.1\r\nHost: a\r\n\r\n", 'a'],
    ['field name and version in any case', 'get / http/1.0\r\nhOsT:A.Example\r\n\r\n', 'A.Example'],
    ['white space around the value', 'GET / HTTP/1.1\r\nHost \t: \t a.example \t\r\n\r\n', 'a.example'],
    ['a value on the next line', 'GET / HTTP/1.1\r\nHost:\r\n\ta.example\r\nX: y\r\n\r\n', 'a.example'],
    ['a folded line that looks like Host', 'GET / HTTP/1.1\r\nX: y\r\n Host: no\r\nHost: yes\r\n\r\n', 'yes'],
    ['the first of two Host fields', 'GET / HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n', 'one'],
    ['an empty Host, then one', 'GET / HTTP/1.1\r\nHost: \r\nHost: two\r\n\r\n', 'two'],
    ['no Host', 'GET / HTTP/1.0\r\nX: Host: a\r\n\r\n', null],
    ['fields that merely begin like it', 'GET / HTTP/1.1\r\nHosts: a\r\nHost-X: b\r\nHos: c\r\n\r\n', null],
    ['a port', 'GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n', 'a.example'],
    ['an empty port', 'GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n', 'a.example'],
    ['user information', 'GET / HTTP/1.1\r\nHost: www.good.example:1@evil.example:80\r\n\r\n', 'evil.example'],
    ['an IPv4 address', 'GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n', '192.0.2.1'],
    ['an IPv6 address', 'GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n', '2001:db8::1'],
    ['an IPv6 address without brackets', 'GET / HTTP/1.1\r\nHost: 2001:db8::1\r\n\r\n', '2001:db8::1'],
    ['an absolute target', 'GET http://a.example:81/x?http://b/ HTTP/1.1\r\nX: y\r\n\r\n', 'a.example'],
    ['an absolute target with user', 'GET ftp://me:pw@a.example HTTP/1.1\r\n\r\n', 'a.example'],
    ['a path with a URL in it', 'GET /http://b/ HTTP/1.1\r\n\r\n', null],
    ['Host before the target', 'GET http://t.example/ HTTP/1.1\r\nHost: h.example\r\n\r\n', 'h.example'],
    ['CONNECT with Host', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n', 'a.example'],
    ['CONNECT without Host', 'CONNECT abc:443 HTTP/1.1\r\nX: y\r\n\r\n', 'abc'],
    ['CONNECT to an IPv6 address', 'CONNECT [::1]:443 HTTP/1.1\r\n\r\n', '::1'],
    ['CONNECT to nowhere', 'CONNECT / HTTP/1.1\r\n\r\n', null],
    ['spaces in the target', 'GET  /a b  HTTP/1.1 \r\nHost: a\r\n\r\n', 'a'],
    ['empty lines before the request', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'a'],
    ['HTTP/0.9', 'GET /index.html\r\n', null],
    ['a response', 'HTTP/1.1 200 OK\r\nHost: no\r\nContent-Length: 5\r\n\r\nhello', null],
    ['a host beyond 4096 bytes', `GET / HTTP/1.1\r\nHost: ${'a'.repeat(4097)}\r\n\r\n`, null],
  ];
  it.each(cases)('%s', (_, text, name) => {
    expect(inspect(text)).toMatchObject({ status: FOUND, name, protocol: '' });
  });
});

describe('other protocols', () => {
  it.each([
    ['SIP', 'INVITE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n'],
    ['SIP response', 'SIP/2.0 200 OK\r\n\r\n'],
    ['RTSP', 'DESCRIBE rtsp://a/ RTSP/1.0\r\nHost: a\r\n\r\n'],
    ['ICAP', 'REQMOD icap://a/ ICAP/1.0\r\nHost: a\r\n\r\n'],
    ['SMTP', 'EHLO a.example\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['memcached', 'get key\r\n'],
    ['a header line', 'Host: a.example\r\n\r\n'],
    ['no target and no Host field', 'GET HTTP/1.1\r\nAccept: a\r\n\r\n'],
    ['a STOMP frame', 'CONNECT\naccept-version:1.2\nhost:a.example\n\n\0'],
    ['no target behind a word that is no method', 'HELO HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['control characters', 'GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 OK\r\n\r\n'],
    ['a method beyond 8192 characters', `${'A'.repeat(8193)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['an incomplete method beyond 64 characters', 'a'.repeat(65)],
  ])('%s', (_, text) => {
    expect(inspect(text).status).toBe(NOT_MINE);
    expect(inspect(text, true).status).toBe(NOT_MINE);
  });

  it('leaves out what follows a NUL in the host', () => {
    expect(inspect('GET / HTTP/1.1\r\nHost: evil.example\0.youtube.com\r\n\r\n').name).toBe('evil.example');
    expect(inspect('GET http://a.example/ HTTP/1.1\r\nHost: \0.youtube.com\r\n\r\n').name).toBe('a.example');
  });

  it('leaves the HTTP/2 preface to its own inspector', () => {
    expect(inspect('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').status).toBe(NOT_MINE);
  });
});

describe('what servers take', () => {
  it.each([
    ['empty lines before the request line', `${'\r\n'.repeat(40)}GET / HTTP/1.1\r\nHost: a.example\r\n\r\n`],
    ['a long method', `${'A'.repeat(300)} / HTTP/1.1\r\nHost: a.example\r\n\r\n`],
    ['a version of several digits', 'GET / HTTP/1.10\r\nHost: a.example\r\n\r\n'],
    ['a port that is no number', 'GET / HTTP/1.1\r\nHost: a.example:80x\r\n\r\n'],
    ['an empty port', 'GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n'],
    ['no version', 'GET /path\r\nHost: a.example\r\n\r\n'],
    ['no target', 'GET HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['a method alone', 'POST\r\nHost: a.example\r\n\r\n'],
  ])('%s', (_, text) => {
    expect(inspect(text)).toMatchObject({ status: FOUND, name: 'a.example' });
    for (let cut = 1; cut < text.length; cut++) {
      const names = play([Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))]);
      // A segment that ends behind a line without a version is a request of its own to HTTP/0.9.
      if (!/^(GET HTTP|POST)/.test(text)) expect(names, `cut at ${cut}`).toEqual(['a.example']);
    }
  });

  it.each([
    ['a target and a Host field that differ', 'GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['CONNECT and a Host field that differ', 'CONNECT b.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n'],
  ])('%s: both, and neither is certain', (_, text) => {
    const buf = Buffer.from(text);
    const finding = new Finding();
    expect(httpInspector.inspect(buf, 0, buf.length, new InspectContext(), finding)).toBe(FOUND);
    const { nameStart, nameEnd, otherNameStart, otherNameEnd, confidence } = finding;
    const names = [buf.toString('latin1', nameStart, nameEnd), buf.toString('latin1', otherNameStart, otherNameEnd)];
    expect([...names, confidence]).toEqual(['a.example', 'b.example', CONFIDENCE_LIKELY]);
  });

  it('one name where target and Host field agree, in whatever case', () => {
    const buf = Buffer.from('GET http://A.example/ HTTP/1.1\r\nHost: a.EXAMPLE\r\n\r\n');
    const finding = new Finding();
    httpInspector.inspect(buf, 0, buf.length, new InspectContext(), finding);
    expect([finding.otherNameStart, finding.confidence]).toEqual([-1, CONFIDENCE_CERTAIN]);
  });

  it('a request behind a chunked body, however the bytes are cut', () => {
    const second = 'GET /second HTTP/1.1\r\nHost: second.example\r\n\r\n';
    const bodies = ['5\r\nhello\r\n0\r\n\r\n', '1;x="y"\r\nh\r\n003\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n', '0\n\n'];
    for (const body of bodies) {
      const head = 'POST / HTTP/1.1\r\nHost: first.example\r\nTransfer-Encoding: chunked\r\n\r\n';
      const text = head + body + second;
      for (let cut = 1; cut < text.length; cut++) {
        const names = play([Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))]);
        expect(names, `${JSON.stringify(body)} cut at ${cut}`).toEqual(['first.example', 'second.example']);
      }
    }
  });

  it('passes over a chunk by its length, into segments that are not there yet', () => {
    const text = 'POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc';
    expect(inspect(text).consumedEnd).toBe(text.length - 3 + 0xffff + 2);
  });
});

describe('extent', () => {
  it('ends a request without body at its blank line', () => {
    expect(inspect(`${CURL}junk`).consumedEnd).toBe(CURL.length);
  });
  it('counts the declared body, also beyond the bytes', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n';
    expect(inspect(head).consumedEnd).toBe(head.length + 1000);
    const response = 'HTTP/1.1 200 OK\r\nContent-Length: 12 \r\n\r\n';
    expect(inspect(response).consumedEnd).toBe(response.length + 12);
  });
  it('caps absurd lengths, ignores unreadable ones', () => {
    const at = (value: string) => {
      const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${value}\r\n\r\n`;
      return inspect(head).consumedEnd - head.length;
    };
    expect(at('9'.repeat(400))).toBe(0x4000_0000);
    expect(at('-5')).toBe(0);
    expect(at('0x10')).toBe(0);
    expect(at('')).toBe(0);
  });
  it('does not skip bodies of CONNECT, 1xx, 204 and 304', () => {
    for (const line of ['CONNECT a:1 HTTP/1.1', 'HTTP/1.1 101 Up', 'HTTP/1.1 204 No', 'HTTP/1.1 304 Not']) {
      const text = `${line}\r\nContent-Length: 50\r\n\r\n`;
      expect(inspect(text).consumedEnd).toBe(text.length);
    }
  });
});

describe('incomplete bytes', () => {
  it('answers as soon as the Host line is whole, never before', () => {
    const hostEnd = CURL.indexOf('youtube.com\r\n') + 'youtube.com\r\n'.length;
    for (let len = 1; len < CURL.length; len++) {
      const answer = inspect(CURL.slice(0, len));
      if (len < hostEnd) expect(answer).toMatchObject({ status: NEED_MORE, neededLen: len + 1, name: null });
      else expect(answer).toMatchObject({ status: FOUND, name: 'www.youtube.com' });
      expect(answer.consumedEnd).toBeLessThanOrEqual(len);
      const last = inspect(CURL.slice(0, len), true);
      const lineEnd = CURL.indexOf('\r\n') + 2;
      expect(last.status).toBe(len < lineEnd ? NOT_MINE : FOUND);
      expect(last.name).toBe(len < hostEnd ? null : 'www.youtube.com');
    }
  });
  it('gives the target when the bytes end before Host', () => {
    expect(inspect('GET http://a.example/ HTTP/1.1\r\nX: y\r\nHost: b', true)).toMatchObject({ name: 'a.example' });
  });
  it('takes a status line cut behind its code only when nothing follows', () => {
    expect(inspect('HTTP/1.1 200').status).toBe(NEED_MORE);
    expect(inspect('HTTP/1.1 200', true).status).toBe(FOUND);
    expect(inspect('HTTP/1.1 20', true).status).toBe(NOT_MINE);
  });
  it('gives up on Host after 64 KiB', () => {
    const line = `X: ${'y'.repeat(1000)}\r\n`;
    const text = `GET http://a.example/ HTTP/1.1\r\n${line.repeat(70)}`;
    expect(inspect(text.slice(0, 60_000)).status).toBe(NEED_MORE);
    expect(inspect(text)).toMatchObject({ status: FOUND, name: 'a.example' });
  });
});

describe('connections', () => {
  const all = Buffer.from(CURL + POST + CHUNKED.replace('PUT', '\r\nPUT') + CURL, 'latin1');
  // The chunked body is not skipped: in one piece, what stands behind it is seen with the next segment only.
  const untilChunked = Buffer.from(CURL + POST + CURL + CHUNKED, 'latin1');
  const names = ['www.youtube.com', 'a.example', 'www.youtube.com', 'c.example'];

  it('reads pipelined requests in one segment', () => {
    expect(play([untilChunked])).toEqual(names);
  });
  it('reads them split in two anywhere', () => {
    for (let cut = 1; cut < untilChunked.length; cut++) {
      expect(play([untilChunked.subarray(0, cut), untilChunked.subarray(cut)]), `cut at ${cut}`).toEqual(names);
    }
  });
  it('reads them byte by byte', () => {
    expect(play(Array.from(untilChunked, (_, i) => untilChunked.subarray(i, i + 1)))).toEqual(names);
  });
  it('finds the next request at a segment start behind a chunked body', () => {
    const second = all.lastIndexOf(CURL);
    expect(play([all.subarray(0, second), all.subarray(second)]).at(-1)).toBe('www.youtube.com');
  });
  it('finds a new request where header bytes were lost', () => {
    const lost = Buffer.from('GET / HTTP/1.1\r\nHost: a.example\r\n');
    expect(play([lost, Buffer.from('\x00\x01binary'), Buffer.from(CURL)])).toEqual(['a.example', 'www.youtube.com']);
  });
  it('reads responses in the other direction without a name', () => {
    const answer = Buffer.from('HTTP/1.1 200 OK\r\nHost: x\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n');
    for (let cut = 1; cut < answer.length; cut++) {
      expect(play([answer.subarray(0, cut), answer.subarray(cut)], TO_INITIATOR)).toEqual([]);
    }
  });
  it('reads a 60 KiB header block byte by byte in linear time', () => {
    const text = `GET / HTTP/1.1\r\nX: ${'y'.repeat(30_000)}\r\n${'A: b\r\n'.repeat(5000)}Host: late.example\r\n\r\n`;
    const context = new InspectContext();
    const finding = new Finding();
    const bytes = Buffer.from(text);
    let status: number = NEED_MORE;
    let len = 0;
    while (status === NEED_MORE && len < bytes.length) {
      finding.reset();
      status = httpInspector.inspect(bytes, 0, ++len, context, finding);
    }
    expect(status).toBe(FOUND);
    expect(finding.nameBuf!.toString('latin1', finding.nameStart, finding.nameEnd)).toBe('late.example');
    expect(len).toBe(bytes.length - 2);
  });
});

describe('any bytes', () => {
  it('end in an answer with offsets inside the buffer', () => {
    const pieces = fc.constantFrom(
      'GET ',
      '/',
      ' HTTP/1.1',
      '\r\n',
      '\n',
      'Host:',
      ' ',
      'a',
      ':',
      '[',
      ']',
      '@',
      '\0',
      'HTTP/1.1 200',
    );
    const text = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3, unit: 'binary-ascii' })))
      .map((parts) => parts.join(''));
    const raw = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            text.map((t) => Buffer.from(t, 'latin1')),
            raw,
          ),
          { maxLength: 4 },
        ),
        fc.boolean(),
        (parts, final) => {
          const context = new InspectContext();
          context.final = final;
          for (const part of parts) {
            const buf = Buffer.concat([Buffer.from('zz'), part, Buffer.from('zz')]);
            const finding = new Finding();
            const status = httpInspector.inspect(buf, 2, 2 + part.length, context, finding);
            expect([NOT_MINE, NEED_MORE, FOUND]).toContain(status);
            if (final) expect(status).not.toBe(NEED_MORE);
            if (finding.nameStart !== -1) {
              expect(finding.nameStart).toBeGreaterThanOrEqual(2);
              expect(finding.nameEnd).toBeGreaterThan(finding.nameStart);
              expect(finding.nameEnd).toBeLessThanOrEqual(2 + part.length);
            }
            if (status === FOUND && finding.consumedEnd !== -1) expect(finding.consumedEnd).toBeGreaterThan(2);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
