import type { ConnectionRecord } from '../report/model.js';
import { ipBytes, ipText } from './ip-bytes.js';
import { replacedText } from './payloads/der.js';
import type { Replacements } from './replacements.js';

/** What follows from addresses or from the app table, which no replacement can keep. */
const INCOMPARABLE = ['app', 'app_group', 'evidence_match', 'community_id', 'unknown_reason'] as const;

/**
 * What the record of a connection must be in the sanitized copy: addresses and names replaced, times shifted, all else
 * as it was. Without what follows from the app table.
 */
export function mappedRecord(record: ConnectionRecord, maps: Replacements): Partial<ConnectionRecord> {
  const { shiftSeconds } = maps;
  const mapped: ConnectionRecord = {
    ...comparable(record),
    src_ip: mappedIp(record.src_ip, maps),
    dst_ip: mappedIp(record.dst_ip, maps),
    first_seen: shifted(record.first_seen, shiftSeconds)!,
    last_seen: shifted(record.last_seen, shiftSeconds)!,
    ...mappedNames(record, maps),
  } as ConnectionRecord;
  return mapped;
}

/** The parts of a record that show names. */
export function mappedNames(record: ConnectionRecord, maps: Replacements): Partial<ConnectionRecord> {
  const { shiftSeconds } = maps;
  return {
    domain: record.domain === null ? null : mappedName(record.domain, maps),
    domains: record.domains.map((name) => mappedName(name, maps)),
    cname_targets: record.cname_targets.map((name) => mappedName(name, maps)),
    cert_names: record.cert_names.map((name) => mappedName(name, maps)),
    cert_issuer: record.cert_issuer === null ? null : mappedIssuer(record.cert_issuer, maps),
    cert_not_before: shifted(record.cert_not_before, shiftSeconds),
    cert_not_after: shifted(record.cert_not_after, shiftSeconds),
  };
}

/** The record without what can't be compared between a capture and its sanitized copy. */
export function comparable(record: ConnectionRecord): Partial<ConnectionRecord> {
  const rest: Partial<ConnectionRecord> = { ...record };
  for (const key of INCOMPARABLE) delete rest[key];
  return rest;
}

function mappedName(name: string, maps: Replacements): string {
  // Reports show bytes as UTF-8 where they are; replacements work on bytes.
  return maps.names.host(Buffer.from(name, 'utf8').toString('latin1'));
}

export function mappedIp(text: string, { addresses }: Replacements): string {
  const bytes = ipBytes(text);
  return bytes === null ? text : ipText(addresses.of(bytes));
}

/** Values of a distinguished name (RFC 4514); types and escapes stay. */
function mappedIssuer(issuer: string, maps: Replacements): string {
  return issuer.replace(/=((?:\\.|[^,+\\])*)/g, (_, value: string) => {
    return `=${replacedText(Buffer.from(value, 'utf8').toString('latin1'), maps)}`;
  });
}

function shifted(seconds: number | null, shift: number): number | null {
  return seconds === null ? null : Math.round((seconds + shift) * 1e6) / 1e6;
}
