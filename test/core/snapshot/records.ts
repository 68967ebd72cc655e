import { emptyRecord } from '../../../src/core/report/connection-reader.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { compareSnapshot } from '../../../src/core/snapshot/compare-snapshot.js';
import { ContactCollector } from '../../../src/core/snapshot/contact-collector.js';
import type { Contacts, LeftOutKind } from '../../../src/core/snapshot/model.js';
import { parseSnapshot } from '../../../src/core/snapshot/parse-snapshot.js';
import { formatSnapshot } from '../../../src/core/snapshot/snapshot-text.js';
import { updateSnapshot } from '../../../src/core/snapshot/update-snapshot.js';

let lastId = 0;

/** A TLS connection to api.example.com, unless told otherwise. */
export function connection(fields: Partial<ConnectionRecord> = {}): ConnectionRecord {
  const id = fields.id ?? ++lastId;
  const domain = fields.domain === undefined ? 'api.example.com' : fields.domain;
  const app_protocol = fields.app_protocol === undefined ? 'tls' : fields.app_protocol;
  return {
    ...emptyRecord(),
    id,
    protocol: 'TCP',
    src_ip: '10.0.0.5',
    src_port: 40_000 + (id % 20_000),
    dst_ip: '198.51.100.7',
    dst_port: 443,
    packets: 10,
    bytes: 1000,
    app: 'UNKNOWN',
    app_group: 'UNKNOWN',
    label: app_protocol ?? 'unknown',
    app_protocol,
    tls_version: app_protocol === 'tls' ? '1.3' : null,
    tcp_state: 'closed',
    domain,
    domains: domain === null ? [] : [domain],
    detected_by: domain === null ? null : 'tls',
    evidence_packet: domain === null ? null : id * 10 + 3,
    first_packet: id * 10,
    last_packet: id * 10 + 9,
    ...fields,
  };
}

/** A DNS look-up. */
export function lookup(name: string, fields: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return connection({
    protocol: 'UDP',
    dst_ip: '10.0.0.2',
    dst_port: 53,
    app_protocol: 'dns',
    tls_version: null,
    tcp_state: null,
    domain: name,
    is_lookup: true,
    ...fields,
  });
}

export function contactsOf(
  records: readonly ConnectionRecord[],
  roles: ReadonlyMap<string, readonly string[]> = new Map(),
  include: readonly LeftOutKind[] = [],
): Contacts {
  const collector = new ContactCollector(roles, include);
  for (const record of records) collector.add(record);
  return collector.finish();
}

/** The snapshot of a run. */
export function snapshotOf(records: readonly ConnectionRecord[], widen: readonly string[] = []): string {
  return formatSnapshot(contactsOf(records), { roles: new Map(), include: [], widen });
}

/** What a run finds, as "new tcp/443 evil.example" and so on. */
export function findingsOf(text: string, records: readonly ConnectionRecord[]): string[] {
  return differencesOf(text, records).map(({ finding: { kind, port, to, changes } }) =>
    [kind, port, to, ...changes.map(({ key, expected, found }) => `${key}:${expected}>${found}`)]
      .filter((part) => part !== null)
      .join(' '),
  );
}

export function differencesOf(text: string, records: readonly ConnectionRecord[]) {
  const parsed = parseSnapshot(text, 'network.snap.json');
  return compareSnapshot(parsed, contactsOf(records, parsed.snapshot.roles, parsed.snapshot.include));
}

export function updated(text: string, records: readonly ConnectionRecord[]): string {
  const { roles, include } = parseSnapshot(text, 'network.snap.json').snapshot;
  return updateSnapshot(text, 'network.snap.json', contactsOf(records, roles, include));
}
