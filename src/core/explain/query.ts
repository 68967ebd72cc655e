import type { AppTable } from '../classify/app-table.js';
import { canonicalHost } from '../classify/canonical-host.js';
import { DpiError } from '../common/error.js';
import { covers, type IpPrefix, parseExactIpPrefix } from '../common/ip-prefix.js';
import type { ConnectionRecord } from '../report/model.js';

/** Written like an address prefix, which it is not when it comes so far. */
const PREFIX = /^[0-9a-f.:]+\/\d+$/i;

/** An address and a port. */
const ENDPOINT = /^(?:\[([0-9a-f.:]+)\]|([0-9.]+)):(\d{1,5})$/i;
/** How protocols are named: "ssh", "xiaomi-push", "battle.net". */
const PROTOCOL = /^[a-z][a-z0-9.-]*$/i;

/** A user's request for an explanation. */
export type ExplainQuery =
  | { readonly kind: 'id'; readonly id: number }
  /** The connection of a packet; see PacketFinder. */
  | { readonly kind: 'packet'; readonly packet: number }
  | { readonly kind: 'app'; readonly app: string; readonly apps: ReadonlySet<string> }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'ip'; readonly range: IpPrefix; readonly port: number | null; readonly text: string }
  | { readonly kind: 'host'; readonly host: string };

/**
 * A connection's id (`17`), a packet's number (`#86`), an app's name or alias (`UNKNOWN` too), a protocol (`ssh`), an
 * address, with a port or without, a prefix, or a host name, which stands for the names below it as well. Throws
 * DpiError for anything else.
 */
export function parseExplainQuery(text: string, apps: AppTable): ExplainQuery {
  const trimmed = text.trim();
  const number = /^(#?)(\d{1,15})$/.exec(trimmed);
  if (number !== null) {
    return number[1] === '' ? { kind: 'id', id: Number(number[2]) } : { kind: 'packet', packet: Number(number[2]) };
  }
  if (trimmed.toUpperCase() === apps.nameOf(0)) return appQuery(apps, 0);
  const app = apps.idOf(trimmed);
  if (app !== 0) return appQuery(apps, app);
  const range = parseExactIpPrefix(trimmed);
  if (range !== null) return { kind: 'ip', range, port: null, text: trimmed };
  const endpoint = parseEndpoint(trimmed);
  if (endpoint !== null) return endpoint;
  const host = PREFIX.test(trimmed) || ENDPOINT.test(trimmed) ? '' : canonicalHost(trimmed);
  const address = parseExactIpPrefix(host);
  if (address !== null) return { kind: 'ip', range: address, port: null, text: host };
  if (host.includes('.') && !host.includes(':')) return { kind: 'host', host };
  if (PROTOCOL.test(trimmed)) return { kind: 'label', label: trimmed.toLowerCase() };
  throw new DpiError(
    'usage',
    `--explain takes a connection's id, a packet (#86), an address, a host, an app or a protocol, not '${text}'`,
  );
}

/** "192.0.2.10:443", "[2001:db8::1]:443"; null for anything else. */
function parseEndpoint(text: string): ExplainQuery | null {
  const parts = ENDPOINT.exec(text);
  const range = parts === null ? null : parseExactIpPrefix((parts[1] ?? parts[2])!);
  if (parts === null || range === null || Number(parts[3]) > 0xffff) return null;
  return { kind: 'ip', range, port: Number(parts[3]), text };
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
    case 'packet':
      return false;
    case 'app':
      return query.apps.has(connection.app);
    case 'label':
      return connection.label === query.label || connection.app_protocol === query.label;
    case 'ip':
      return (
        (isWithin(connection.src_ip, query.range) && isPort(connection.src_port, query.port)) ||
        (isWithin(connection.dst_ip, query.range) && isPort(connection.dst_port, query.port))
      );
    case 'host':
      return connection.domains.some((domain) => domain === query.host || domain.endsWith(`.${query.host}`));
  }
}

/** The query in a sentence: "connection 17", "app YOUTUBE". */
export function queryText(query: ExplainQuery): string {
  switch (query.kind) {
    case 'id':
      return `connection ${query.id}`;
    case 'packet':
      return `packet ${query.packet}`;
    case 'app':
      return `app ${query.app}`;
    case 'label':
      return query.label;
    case 'ip':
      return query.text;
    case 'host':
      return query.host;
  }
}

function isPort(port: number, wanted: number | null): boolean {
  return wanted === null || port === wanted;
}

function isWithin(address: string, range: IpPrefix): boolean {
  const own = parseExactIpPrefix(address);
  return own !== null && covers(range, own);
}
