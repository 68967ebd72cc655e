import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connection, findingsOf, lookup, snapshotOf, updated } from './records.js';

const COMMENTED = `// Reviewed by the build team.
{
  "snapshot_version": 1,
  "contacts": [
    // The API.
    { "to": "api.example.com", "port": "tcp/443", "protocol": "tls", "min_tls": "1.3" }, // pinned, see TICKET-1
    /* Mirrors, by hand. */
    { "to": "*.mirror.example", "port": "tcp/443" },
    { "to": "old.example", "port": "tcp/443", "protocol": "tls" }
  ],
  "lookups": []
}
`;

describe('an update of a snapshot', () => {
  it('changes what differs, and keeps comments and wide entries', () => {
    const run = [connection({ tls_version: '1.2' }), connection({ domain: 'b.example' }), lookup('asked.example')];
    expect(updated(COMMENTED, run)).toBe(`// Reviewed by the build team.
{
  "snapshot_version": 1,
  "contacts": [
    // The API.
    { "to": "api.example.com", "port": "tcp/443", "protocol": "tls", "min_tls": "1.2" }, // pinned, see TICKET-1
    /* Mirrors, by hand. */
    { "to": "*.mirror.example", "port": "tcp/443" },
    { "to": "10.0.0.2", "port": "53", "protocol": "dns" },
    { "to": "b.example", "port": "tcp/443", "protocol": "tls", "min_tls": "1.3" }
  ],
  "lookups": [
    { "name": "asked.example" }
  ]
}
`);
  });

  it('leaves a file alone that accepts all', () => {
    const run = [connection(), connection({ domain: 'old.example' }), connection({ domain: 'x.mirror.example' })];
    expect(updated(COMMENTED, run)).toBe(COMMENTED);
  });

  it('adds an entry beside one that another contact meets, and lowers a floor in place', () => {
    const text = snapshotOf([connection()]);
    const http = connection({ app_protocol: 'http', tls_version: null });
    const both = updated(text, [connection(), http]);
    expect(both.match(/api\.example\.com/g)).toHaveLength(2);
    expect(findingsOf(both, [connection(), http])).toEqual([]);
    const older = [connection(), connection({ tls_version: '1.0' }), connection({ tls_version: '1.2' })];
    expect(updated(text, older)).toBe(text.replace('"1.3"', '"1.0"'));
  });

  it.each([
    ['lists on one line', '{"snapshot_version":1,"contacts":[{"to":"a.example"},{"to":"b.example"}],"lookups":[]}'],
    [
      'lists that end with commas',
      '{\n"snapshot_version": 1,\n"contacts": [\n{ "to": "a.example" },\n{ "to": "b.example" },\n],\n}',
    ],
    ['no lists', '{ "snapshot_version": 1 }'],
    [
      'entries of several lines',
      '{\n  "snapshot_version": 1,\n  "contacts": [\n    {\n      "to": "a.example" // a\n    }, // b\n    // c\n  ]\n}\n',
    ],
    [
      'Windows line ends',
      '{\r\n  "snapshot_version": 1,\r\n  "contacts": [\r\n    { "to": "a.example" }\r\n  ]\r\n}\r\n',
    ],
    ['a byte order mark', '\ufeff{ "snapshot_version": 1, "contacts": [] }'],
    [
      'commas in comments',
      '{ "snapshot_version": 1, "contacts": [\n { "to": "a.example" } // a, b\n /* , */ ,\n { "to": "z.example" } ] }',
    ],
  ])('reads and writes %s', (_, text) => {
    for (const run of [
      [],
      [connection({ domain: 'b.example' })],
      [connection({ domain: 'a.example' }), connection({ domain: 'aa.example' }), lookup('c.example')],
    ]) {
      const next = updated(text, run);
      expect(findingsOf(next, run)).toEqual([]);
      for (const comment of text.match(/\/\/ [c].*/g) ?? []) expect(next).toContain(comment);
    }
  });

  it('finds nothing after an update, whatever came, went or changed, and keeps comments on their own lines', () => {
    const record = fc
      .record({
        domain: fc.constantFrom('a.example', 'b.example', 'c.a.example', null),
        dst_ip: fc.constantFrom('198.51.100.1', '203.0.113.9', '127.0.0.1', '2001:db8::1'),
        dst_port: fc.constantFrom(443, 80, 40_000, 50_000),
        app_protocol: fc.constantFrom('tls', 'http', null),
        tls_version: fc.constantFrom('1.0', '1.2', '1.3'),
        app: fc.constantFrom('UNKNOWN', 'GITHUB'),
        isLookup: fc.boolean(),
      })
      .map(({ isLookup, tls_version, ...fields }) =>
        isLookup && fields.domain !== null
          ? lookup(fields.domain)
          : connection({ ...fields, tls_version: fields.app_protocol === 'tls' ? tls_version : null }),
      );
    const run = fc.array(record, { maxLength: 8 });
    fc.assert(
      fc.property(run, run, fc.array(fc.nat(20), { maxLength: 4 }), (before, after, places) => {
        const lines = snapshotOf(before, ['*.a.example']).split('\n');
        places.forEach((place, i) => {
          lines.splice(Math.min(place, lines.length - 2), 0, `    // note ${i}, kept`);
        });
        const text = lines.join('\n');
        const next = updated(text, after);
        expect(findingsOf(next, after)).toEqual([]);
        for (let i = 0; i < places.length; i++) expect(next).toContain(`// note ${i}, kept`);
        expect(updated(next, after)).toBe(next);
      }),
      { numRuns: 300 },
    );
  });
});
