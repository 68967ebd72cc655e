import type { AppTable } from '../classify/app-table.js';
import { canonicalHost } from '../classify/canonical-host.js';
import { DpiError } from '../common/error.js';
import { covers, type IpPrefix, parseExactIpPrefix } from '../common/ip-prefix.js';
import type { ConnectionRecord } from '../report/model.js';

/** Written like an address prefix, which it is not when it comes so far. */
const PREFIX = /^[0-9a-f.:]+\/\d+$/i;

/** A user's request for an explanation. */
export type ExplainQuery =
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'app'; readonly app: string; readonly apps: ReadonlySet<string> }
  | { readonly kind: 'ip'; readonly range: IpPrefix; readonly text: string }
  | { readonly kind: 'host'; readonly host: string };

/**
 * A connection's id (`17`, `#17`), an app's name or alias (`UNKNOWN` too), an address or prefix, or a host name, which
 * stands for the names below it as well. Throws DpiError for anything else.
 */
export function parseExplainQuery(text: string, apps: AppTable): ExplainQuery {
  const trimmed = text.trim();
  const id = /^#?(\d{1,15})$/.exec(trimmed);
  if (id !== null) return { kind: 'id', id: Number(id[1]) };
  if (trimmed.toUpperCase() === apps.nameOf(0)) return appQuery(apps, 0);
  const app = apps.idOf(trimmed);
  if (app !== 0) return appQuery(apps, app);
  const range = parseExactIpPrefix(trimmed);
  if (range !== null) return { kind: 'ip', range, text: trimmed };
  const host = PREFIX.test(trimmed) ? '' : canonicalHost(trimmed);
  const address = parseExactIpPrefix(host);
  if (address !== null) return { kind: 'ip', range: address, text: host };
  if (host.includes('.') && !host.includes(':')) return { kind: 'host', host };
  throw new DpiError(
    'usage',
    `--explain takes a host, an app, an address or a connection's id, not '${text}'; 'dpi apps' lists the apps`,
  );
}

/** The app and its parts. */
function appQuery(apps: AppTable, app: number): ExplainQuery {
  return { kind: 'app', app: apps.nameOf(app), apps: new Set(apps.withParts(app).map((id) => apps.nameOf(id))) };
}

/** True when the connection is one of those asked about. */
export function matchesQuery(query: ExplainQuery, connection: ConnectionRecord): boolean {
  switch (query.kind) {
    case 'id':
      return connection.id === query.id;
    case 'app':
      return query.apps.has(connection.app);
    case 'ip':
      return isWithin(connection.src_ip, query.range) || isWithin(connection.dst_ip, query.range);
    case 'host':
      return connection.domains.some((domain) => domain === query.host || domain.endsWith(`.${query.host}`));
  }
}

/** The query in a sentence: "connection 17", "app YOUTUBE". */
export function queryText(query: ExplainQuery): string {
  switch (query.kind) {
    case 'id':
      return `connection ${query.id}`;
    case 'app':
      return `app ${query.app}`;
    case 'ip':
      return query.text;
    case 'host':
      return query.host;
  }
}

function isWithin(address: string, range: IpPrefix): boolean {
  const own = parseExactIpPrefix(address);
  return own !== null && covers(range, own);
}
