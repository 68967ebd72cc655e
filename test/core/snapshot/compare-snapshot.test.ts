import { describe, expect, it } from 'vitest';
import { parseSnapshot } from '../../../src/core/snapshot/parse-snapshot.js';
import { connection, differencesOf, findingsOf, lookup, snapshotOf } from './records.js';

const BASE = [lookup('api.example.com'), connection(), connection({ domain: 'cdn.example.com' })];
const TEXT = snapshotOf(BASE);

const file = (contacts: readonly object[], more: object = {}) =>
  JSON.stringify({ snapshot_version: 1, ...more, contacts });

describe('a snapshot against a capture', () => {
  it('finds nothing in the capture that it was written from', () => {
    expect(findingsOf(TEXT, BASE)).toEqual([]);
  });

  it('finds one new contact, with its packet, and not its look-up too', () => {
    const evil = connection({ id: 900, domain: 'evil.example' });
    const [difference, ...more] = differencesOf(TEXT, [...BASE, lookup('evil.example'), evil]);
    expect(more).toEqual([]);
    expect(difference!.finding).toMatchObject({ kind: 'new', to: 'evil.example', port: 'tcp/443', connections: 1 });
    expect(difference!.finding.proofs).toMatchObject([
      { id: 900, packet: 9003, first_packet: 9000, last_packet: 9009 },
    ]);
  });

  it('finds a look-up alone, since names can carry data', () => {
    expect(findingsOf(TEXT, [...BASE, lookup('c2VjcmV0.evil.example')])).toEqual([
      'new c2VjcmV0.evil.example'.toLowerCase(),
    ]);
  });

  it('finds what is gone, unless it may be', () => {
    expect(findingsOf(TEXT, BASE.slice(0, 2))).toEqual(['gone tcp/443 cdn.example.com']);
    const optional = TEXT.replace(/("to": "cdn\.example\.com".*?) \}/, '$1, "optional": true }');
    expect(findingsOf(optional, BASE.slice(0, 2))).toEqual([]);
  });

  it('finds an older version of TLS, and takes a newer one', () => {
    const old = [...BASE, connection({ domain: 'cdn.example.com', tls_version: '1.2' })];
    expect(findingsOf(TEXT, old)).toEqual(['changed tcp/443 cdn.example.com tls:1.3>1.2']);
    expect(findingsOf(snapshotOf(old), BASE)).toEqual([]);
  });

  it('finds another protocol or app at the same end', () => {
    const http = connection({ domain: 'cdn.example.com', app_protocol: 'http', tls_version: null });
    expect(findingsOf(TEXT, [...BASE.slice(0, 2), http])).toEqual([
      'changed tcp/443 cdn.example.com protocol:tls>http',
    ]);
    const labelled = snapshotOf([connection({ app: 'GITHUB', label: 'GITHUB' })]);
    expect(findingsOf(labelled, [connection({ app: 'GITLAB', label: 'GITLAB' })])).toEqual([
      'changed tcp/443 api.example.com label:GITHUB>GITLAB',
    ]);
  });

  it('takes a connection that showed no protocol for any', () => {
    expect(
      findingsOf(TEXT, [...BASE.slice(0, 2), connection({ domain: 'cdn.example.com', app_protocol: null })]),
    ).toEqual([]);
  });

  it('takes suffixes, prefixes, port ranges and missing keys as wide as they are', () => {
    const wide = file(
      [{ to: '*.example.com', port: '443' }, { to: '10.0.0.0/8' }, { to: '@db', port: 'tcp/5000-5999' }],
      {
        roles: { db: ['172.18.0.0/16'] },
      },
    );
    const inside = [
      ...BASE,
      connection({ domain: null, dst_ip: '172.18.0.3', dst_port: 5432, app_protocol: 'postgresql', tls_version: null }),
    ];
    expect(findingsOf(wide, inside)).toEqual([]);
    expect(findingsOf(wide, [...inside, connection({ domain: 'example.com' })])).toEqual(['new tcp/443 example.com']);
    expect(findingsOf(wide, [...inside, connection({ domain: 'notexample.com' })])).toEqual([
      'new tcp/443 notexample.com',
    ]);
    expect(findingsOf(wide, [...inside, connection({ dst_port: 8443 })])).toEqual(['new tcp/8443 api.example.com']);
  });

  it('lets the entry for a host decide before one for its domain', () => {
    const text = file([
      { to: '*.example.com' },
      { to: 'api.example.com', protocol: 'tls', min_tls: '1.3' },
      { to: '*' },
    ]);
    expect(findingsOf(text, [connection(), connection({ domain: 'cdn.example.com', tls_version: '1.0' })])).toEqual([]);
    expect(findingsOf(text, [connection({ tls_version: '1.2' })])).toEqual([
      'changed tcp/443 api.example.com tls:1.3>1.2',
    ]);
  });

  it('takes a network with the hosts in it that have names, and no name for an address of it', () => {
    const network = file([{ to: '198.51.100.0/24' }]);
    expect(findingsOf(network, [connection()])).toEqual([]);
    expect(findingsOf(network, [connection(), connection({ dst_ip: '203.0.113.1' })])).toEqual([
      'new tcp/443 api.example.com',
    ]);
    expect(findingsOf(file([{ to: '198.51.100.7' }]), [connection()])).toEqual([
      'new tcp/443 api.example.com',
      'gone 198.51.100.7',
    ]);
  });

  it('tells clients apart by their roles', () => {
    const roles = { web: ['10.0.0.5'], db: ['10.0.0.6'] };
    const text = file([{ client: 'web', to: 'api.example.com' }], { roles });
    expect(findingsOf(text, [connection()])).toEqual([]);
    expect(findingsOf(text, [connection(), connection({ src_ip: '10.0.0.6' })])).toEqual([
      'new tcp/443 api.example.com',
    ]);
  });

  it('says where a file is no snapshot', () => {
    const problem = (text: string) => {
      try {
        parseSnapshot(text, 'n.snap.json');
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(problem('{ "snapshot_version": 1,\n "contacts": [ { "to": 5 } ] }')).toBe(
      'n.snap.json: line 2, column 24 (contacts.0.to): expected a text',
    );
    expect(
      problem('{ // c\n "snapshot_version": 1, /* x */ "contacts": [ { "to": "a.example", "prot": 1 } ], }'),
    ).toContain("line 2, column 76 (contacts.0.prot): the key 'prot' is not known");
    expect(problem('{ "snapshot_version": 2 }')).toContain('it was written by a newer dpi');
    expect(problem('[')).toContain('line 1, column 2: the text ends too early');
    expect(problem('{"snapshot_version":1,"contacts":[{"to":"@x"}]}')).toContain(`"roles" has no 'x'`);
    expect(problem('{"snapshot_version":1,"contacts":[{"to":"10.0.0/8"}]}')).toContain(
      "'10.0.0/8' is no address or prefix",
    );
    expect(problem('{"snapshot_version":1,"contacts":[{"to":"a.example","port":"tcp/99999"}]}')).toContain(
      'outside 1-65535',
    );
    expect(problem('{"snapshot_version":1}')).toBeNull();
  });
});
