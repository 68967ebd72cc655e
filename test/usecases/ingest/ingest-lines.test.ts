import { describe, expect, it } from 'vitest';
import { DecisionJson } from '../../../src/render/decision-json.js';
import { IngestLines, MAX_LINE_LEN } from '../../../src/usecases/ingest/ingest-lines.js';
import { engineWith, OUT, reverse, rulesOf } from '../../core/ingest/events.js';
import { clientHelloRecord } from '../../forge/tls.js';

const EVENT = JSON.stringify({ tuple: OUT, size: 100, timestamp: 1 });

/** Output for the bytes in those chunks. */
function output(chunks: readonly Buffer[], rules = rulesOf('app:YOUTUBE')): string {
  const lines = new IngestLines(engineWith({ rules }), new DecisionJson());
  return chunks.map((chunk) => lines.push(chunk, 5e6)).join('') + lines.end(5e6);
}

/** The errors that a text gives, with their line numbers. */
function errors(text: string | Buffer): [number, string][] {
  const records = output([Buffer.from(text as string)])
    .trim()
    .split('\n')
    .filter(Boolean);
  return records.map((line) => JSON.parse(line)).flatMap((r) => (r.error === undefined ? [] : [[r.line, r.error]]));
}

describe('IngestLines', () => {
  it('gives the same wherever the input is cut', () => {
    const hello = clientHelloRecord({ serverName: 'i.ytimg.com', postQuantum: false });
    const events = [
      { tuple: OUT, size: 60 },
      { tuple: OUT, size: 500, payload: hello.subarray(0, 100).toString('base64') },
      { tuple: OUT, size: 500, payload: hello.subarray(100).toString('base64') },
      { tuple: reverse(OUT), size: 60, domain: 'bücher.example' },
    ];
    const text = `\ufeff${events.map((e) => JSON.stringify(e)).join('\n')}\n\n{"é":\r\nnull\r\n\n${EVENT}`;
    const bytes = Buffer.from(text);
    const whole = output([bytes]);
    expect(whole.split('\n').slice(0, 7)).toEqual([
      '{"decision":"forward","app":"UNKNOWN","domain":null,"detected_by":null,"blocked_by":null,"connection":1}',
      '{"decision":"forward","app":"UNKNOWN","domain":null,"detected_by":null,"blocked_by":null,"connection":1}',
      '{"decision":"drop","app":"YOUTUBE","domain":"i.ytimg.com","detected_by":"tls","blocked_by":"app:YOUTUBE","connection":1}',
      '{"decision":"drop","app":"YOUTUBE","domain":"i.ytimg.com","detected_by":"tls","blocked_by":"app:YOUTUBE","connection":1}',
      '{"error":"not JSON at column 7: the text ends too early","line":6}',
      `{"error":"an event is an object, not null","line":7}`,
      '{"decision":"drop","app":"YOUTUBE","domain":"i.ytimg.com","detected_by":"tls","blocked_by":"app:YOUTUBE","connection":1}',
    ]);
    for (let at = 0; at <= bytes.length; at++) {
      if (output([bytes.subarray(0, at), bytes.subarray(at)]) !== whole) expect.fail(`differs when cut at ${at}`);
    }
    expect(output([...bytes].map((byte) => Buffer.from([byte])))).toBe(whole);
  });

  it('answers a line when it ends, not before', () => {
    const lines = new IngestLines(engineWith(), new DecisionJson());
    expect(lines.push(Buffer.from(EVENT), 0)).toBe('');
    expect(lines.push(Buffer.from('\n'), 0)).toMatch(/^\{"decision":"forward".*\}\n$/);
    expect(lines.end(0)).toBe('');
  });

  it('says of each bad line which it is and why, and goes on', () => {
    const bad: [number, string][] = [
      [2, 'not JSON at column 1: unexpected "x"'],
      [3, 'not JSON at column 10: unexpected "}"'],
      [5, 'not JSON at column 10: the text ends too early'],
      [6, 'an event is an object, not a list'],
      [7, "'size' is null; expected a whole number of bytes from 0 to 2147483647"],
      [8, 'not JSON at column 3: unexpected "{"'],
    ];
    const text = [
      EVENT,
      'x',
      '{"tuple":}',
      '  ',
      '{"size":1',
      '[]',
      `{"tuple":${JSON.stringify(OUT)},"size":null}`,
      '{}{}',
    ];
    expect(errors(`${text.join('\n')}\n${EVENT}\n`)).toEqual(bad);
  });

  it('refuses invalid UTF-8 but takes a replacement character that is meant', () => {
    const broken = Buffer.concat([Buffer.from(`${EVENT}\n{"note":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n')]);
    expect(errors(broken)).toEqual([[2, 'the line is no UTF-8']]);
    expect(errors(EVENT.replace('{', '{"note":"\ufffd",'))).toEqual([]);
  });

  it('passes over a line that is too long, however long, and keeps none of it', () => {
    const before = process.memoryUsage().arrayBuffers;
    const lines = new IngestLines(engineWith(), new DecisionJson());
    const chunk = Buffer.alloc(1 << 20, 'x');
    let records = '';
    for (let n = 0; n < 100; n++) records += lines.push(chunk, 0);
    expect(records).toBe('');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80e6);
    records = lines.push(Buffer.from(`\n${EVENT}\n`), 0);
    expect(records).toMatch(/^\{"error":"the line is longer than 1048576 bytes","line":1\}\n\{"decision"/);
    expect(lines).toMatchObject({ lines: 2, badLines: 1 });
  });

  it('takes a line of the greatest length, and none longer by a byte, in one piece or several', () => {
    const padded = (len: number) => Buffer.from(`${EVENT}${' '.repeat(len - EVENT.length)}\n`);
    expect(errors(padded(MAX_LINE_LEN))).toEqual([]);
    expect(errors(padded(MAX_LINE_LEN + 1))).toHaveLength(1);
    for (const len of [MAX_LINE_LEN, MAX_LINE_LEN + 1]) {
      const bytes = padded(len);
      expect(output([bytes.subarray(0, 5), bytes.subarray(5, -1), bytes.subarray(-1)])).toBe(output([bytes]));
    }
  });

  it('lets nothing from a line reach a terminal', () => {
    const text = output([Buffer.from(`\u001b[31m\n{"tuple":{"src_ip":"\\u202e\\u009b"},"size":1}\n`)]);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text).toContain('\\u202e');
  });

  it('stands deep nesting, huge numbers and strange keys', () => {
    const hostile = [
      '['.repeat(100_000),
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '1e999',
      '"a"',
      '{"__proto__":{"tuple":1}}',
    ];
    expect(errors(hostile.join('\n')).map(([line]) => line)).toEqual([1, 2, 3, 4, 5]);
  });
});
