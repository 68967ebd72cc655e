import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { CSV_COLUMNS, csvCell } from '../../src/render/csv.js';
import { FORMATS, TABLE_FORMAT } from '../../src/render/formats.js';
import { PLAIN } from '../../src/render/paint.js';
import type { FormatOptions, ReportEnd } from '../../src/render/report-format.js';
import { connection, connections, reportEnd, summary } from '../support/report-fixture.js';

const OPTIONS: FormatOptions = { width: 100, paint: PLAIN, top: 10 };
const schema = JSON.parse(readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const validate = ajv.compile(schema);

async function render(flag: string, records: ConnectionRecord[], end: ReportEnd = reportEnd()): Promise<string> {
  const spec = [...FORMATS, TABLE_FORMAT].find((format) => format.flag === flag)!;
  let text = '';
  const format = (await spec.load())((piece) => {
    text += piece;
  }, OPTIONS);
  for (const record of records) format.connection(record);
  format.finish(end);
  return text;
}

/** A name with each byte once, as a reader of bytes would give it, and as a reader of UTF-8 would. */
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const HOSTILE_NAMES = [
  EVERY_BYTE.toString('latin1'),
  EVERY_BYTE.toString('utf8'),
  '\x1b]0;owned\x07\x1b[2J.example',
  '\u202emoc.elgoog',
  'a\ud800b',
  '=cmd|/c calc!A1',
];

function hostileReport(name: string): { records: ConnectionRecord[]; end: ReportEnd } {
  const hostile = { domain: name, app: name };
  const record = connection({
    ...hostile,
    domains: [name, name],
    app_protocol: name,
    evidence_match: name,
    blocked: true,
  });
  record.blocked_by = `domain:${name}`;
  return {
    records: [record],
    end: reportEnd({
      summary: summary({
        inputs: [{ name, format: 'pcap', compression: null, packets: 1, bytes: 1, damage: `cut off in ${name}` }],
        apps: [
          { app: name, app_group: name, category: name, connections: 1, lookups: 0, packets: 1, bytes: 8_000_000 },
        ],
        app_breakdown: { [name]: 1 },
        app_group_breakdown: { [name]: 1 },
        domains_detected: [{ ...hostile, connections: 1, packets: 1, bytes: 1 }],
        app_protocols: { [name]: 1 },
        rules: {
          store: name,
          count: 2,
          of_call: 0,
          decided: [{ rule: name, action: 'block', connections: 1, packets: 1, bytes: 1, first_packet: 1 }],
          unused_count: 1,
          unused: [name],
        },
        findings: [{ condition: name, connections: 1, packets: 1, bytes: 1 }],
        warnings: [name],
      }),
      topConnections: [record],
    }),
  };
}

describe.each(['table', 'json', 'ndjson', 'csv'])('%s', (flag) => {
  it.each(HOSTILE_NAMES)('lets no control character of a name through (%#)', async (name) => {
    const { records, end } = hostileReport(name);
    const text = await render(flag, records, end);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });
});

describe('json', () => {
  it('is valid by the schema, and complete', async () => {
    const report = JSON.parse(await render('json', connections()));
    expect(validate(report), ajv.errorsText(validate.errors)).toBe(true);
    const { connections: listed, ...rest } = report;
    expect(listed).toEqual(connections());
    expect(rest).toEqual(summary());
  });

  it('is valid without any connection', async () => {
    const report = JSON.parse(await render('json', []));
    expect(validate(report), ajv.errorsText(validate.errors)).toBe(true);
    expect(report.connections).toEqual([]);
  });

  it('begins with the version of the interface and writes a connection a line', async () => {
    const lines = (await render('json', connections())).split('\n');
    expect(lines[0]).toBe('{"schema_version":2,');
    expect(lines.filter((line) => line.startsWith('{"id":'))).toHaveLength(connections().length);
  });

  it('keeps every character of a name', async () => {
    for (const name of HOSTILE_NAMES) {
      const { records, end } = hostileReport(name);
      const report = JSON.parse(await render('json', records, end));
      expect(report.connections).toEqual(records);
      expect(report.app_breakdown).toEqual({ [name]: 1 });
    }
  });

  it('has a schema that leaves room for new keys and refuses missing ones', async () => {
    const report = JSON.parse(await render('json', connections()));
    expect(validate({ ...report, extra: 1 })).toBe(true);
    expect(validate({ ...report, connections: [{ ...report.connections[0], extra: 1 }] })).toBe(true);
    for (const key of Object.keys(report)) {
      const { [key]: _, ...less } = report;
      expect(validate(less), key).toBe(false);
    }
  });

  it('has a schema that describes each key, in the order of the model', () => {
    expect(Object.keys(schema.$defs.connection.properties)).toEqual(Object.keys(connection()));
    const keys = Object.keys(schema.properties).filter((key) => key !== 'connections');
    expect(keys).toEqual(Object.keys(summary()));
    for (const def of [schema, ...Object.values<typeof schema>(schema.$defs)]) {
      for (const property of Object.values<{ description?: string }>(def.properties))
        expect(property.description).toBeTruthy();
    }
  });
});

describe('ndjson', () => {
  it('has the type first in each line and one summary, last', async () => {
    const lines = (await render('ndjson', connections())).trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).every((line) => line.startsWith('{"type":"connection",'))).toBe(true);
    expect(lines.at(-1)).toMatch(/^\{"type":"summary","schema_version":2,/);
    expect(objects.slice(0, -1)).toEqual(connections().map((record) => ({ type: 'connection', ...record })));
    expect(objects.at(-1)).toEqual({ type: 'summary', ...summary() });
  });
});

describe('csv', () => {
  it('has the keys of a connection as its header, and a row for each', async () => {
    const lines = (await render('csv', connections())).trimEnd().split('\n');
    expect(lines[0]).toBe(Object.keys(connection()).join(','));
    expect([...CSV_COLUMNS]).toEqual(Object.keys(connection()));
    expect(lines).toHaveLength(1 + connections().length);
    expect(lines[2]).toContain('UDP,10.0.0.5,51234,142.250.181.234,443,1911,2101000');
  });

  it('has a header even when there is nothing below it', async () => {
    expect(await render('csv', [])).toBe(`${CSV_COLUMNS.join(',')}\n`);
  });

  it('joins names by spaces and leaves null empty', () => {
    expect(csvCell(['a.example', 'b.example'])).toBe('a.example b.example');
    expect(csvCell(null)).toBe('');
    expect(csvCell(false)).toBe('false');
  });

  it('quotes as RFC 4180 says', () => {
    expect(csvCell('a,b')).toBe('"a,b"');
    expect(csvCell('say "hi"')).toBe('"say ""hi"""');
    expect(csvCell('plain')).toBe('plain');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('makes no formula of %j', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
  });
});
