import { DpiError } from '../../core/common/error.js';

const DEFAULT_REDIS_PORT = 6379;

/** Where a Redis is, and as whom to ask it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Path of a Unix socket, which then counts instead of host and port; null for TCP. */
  readonly socketPath: string | null;
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | null;
  readonly password: string | null;
  /** The URL as it may be printed: without a password. */
  readonly text: string;
}

/**
 * Reads redis://, rediss:// (TLS) and unix:// URLs: `redis://user:password@host:6379/0`, `unix:///run/redis.sock?db=0`.
 * Throws DpiError that never repeats the text, since it may hold a password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const scheme = parsed?.protocol ?? '';
  if (parsed === null || !['redis:', 'rediss:', 'unix:'].includes(scheme)) {
    throw badUrl('expected redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix:///path');
  }
  const isSocket = scheme === 'unix:';
  const database = isSocket ? (parsed.searchParams.get('db') ?? '') : parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,5}$/.test(database)) throw badUrl(`the database must be a number, not '${database}'`);
  if (!isSocket && parsed.hostname === '') throw badUrl('the host is missing');
  if (isSocket && parsed.pathname.length < 2) throw badUrl('the path of the socket is missing');
  // Node writes IPv6 hosts in brackets, which sockets do not want.
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const address = {
    host,
    port: parsed.port === '' ? DEFAULT_REDIS_PORT : Number(parsed.port),
    socketPath: isSocket ? decode(parsed.pathname) : null,
    tls: scheme === 'rediss:',
    database: Number(database),
    username: parsed.username === '' ? null : decode(parsed.username),
    password: parsed.password === '' ? null : decode(parsed.password),
  };
  return { ...address, text: printable(parsed, address.port, address.database, isSocket) };
}

/** What tells one Redis from another, for naming its cached copy: the user counts, the password does not. */
export function redisIdentity(address: RedisAddress): string {
  return `${address.username ?? ''}@${address.text}`;
}

function printable(parsed: URL, port: number, database: number, isSocket: boolean): string {
  if (isSocket) return `unix://${parsed.pathname}${database === 0 ? '' : `?db=${database}`}`;
  return `${parsed.protocol}//${parsed.hostname}:${port}${database === 0 ? '' : `/${database}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl("a '%' in it is followed by no two hexadecimal digits");
  }
}

function badUrl(problem: string): DpiError {
  return new DpiError('bad-redis-url', `the Redis URL is no good: ${problem}`);
}
