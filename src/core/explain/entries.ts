import { type EntryMatch, explainHost } from '../classify/app-lookup.js';
import type { AppTable } from '../classify/app-table.js';
import type { ConnectionRecord } from '../report/model.js';
import type { AnswerRow, EntryRow } from './model.js';

/** Names of a connection that are looked up. */
const MAX_NAMES = 8;

/** The entries of the app table that fit what is known of the connection, the one that decided first. */
export function entriesOf(record: ConnectionRecord, answers: readonly AnswerRow[], apps: AppTable): EntryRow[] {
  const rows: EntryRow[] = [];
  for (const name of record.domains.slice(0, MAX_NAMES)) rows.push(...nameEntries(name, record, apps));
  for (const name of certificateHosts(record)) rows.push(...nameEntries(name, record, apps));
  for (const { name } of answers) {
    if (rows.some((row) => row.subject === name)) continue;
    rows.push(...nameEntries(name, record, apps));
  }
  rows.push(...addressEntries(record.dst_ip, record, apps), ...addressEntries(record.src_ip, record, apps));
  return rows.sort((a, b) => Number(b.decides) - Number(a.decides));
}

function nameEntries(name: string, record: ConnectionRecord, apps: AppTable): EntryRow[] {
  const found = explainHost(apps, name);
  if (found === null || found.match === null) return [];
  const isDecided = record.evidence_match === found.match.entry && record.app === found.match.app;
  const decides = isDecided && (name === record.domain || (record.domain === null && record.detected_by === 'tls'));
  let whyNot = null;
  if (!decides) {
    if (record.unknown_reason === 'encrypted-name') whyNot = 'the site is encrypted (ECH): this name is not it';
    else if (record.domains.includes(name)) whyNot = "it is not the connection's first name";
    else whyNot = 'the connection itself tells more';
  }
  const others = found.others.map((other) =>
    entryRow('suffix', other, name, apps, false, `${found.match!.entry} is longer`),
  );
  return [entryRow('suffix', found.match, name, apps, decides, whyNot), ...others];
}

function addressEntries(address: string, record: ConnectionRecord, apps: AppTable): EntryRow[] {
  const match = explainHost(apps, address)?.match ?? null;
  if (match === null) return [];
  const decides = record.detected_by === 'ip-range' && record.evidence_match === match.entry;
  let whyNot = null;
  if (!decides) {
    if (record.detected_by === 'signature') whyNot = 'a signature goes before an address';
    else if (record.detected_by === 'ip-range') whyNot = "the responder's address goes first";
    else whyNot = 'a name goes before an address';
  }
  return [entryRow('range', match, address, apps, decides, whyNot)];
}

function entryRow(
  kind: EntryRow['kind'],
  match: EntryMatch,
  subject: string,
  apps: AppTable,
  decides: boolean,
  whyNot: string | null,
): EntryRow {
  const info = apps.infoOf(apps.idOf(match.app));
  return {
    kind,
    entry: match.entry,
    app: match.app,
    subject,
    hosting: match.hosting,
    source: info?.source || null,
    date: info?.date || null,
    decides,
    why_not: whyNot,
  };
}

/** The app entries that a certificate's names stand for. */
function certificateHosts(record: ConnectionRecord): string[] {
  if (record.domain !== null || record.detected_by !== 'tls') return [];
  return record.cert_names.slice(0, 1).map((name) => name.replace(/^\*\./, '').toLowerCase());
}
