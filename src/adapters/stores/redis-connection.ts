import { isIP } from 'node:net';
import type { Redis, RedisOptions } from 'ioredis';
import { DpiError } from '../../core/common/error.js';
import { StoreUnavailable } from '../../rules/rule-store.js';
import type { RedisAddress } from './redis-url.js';

/** For connecting, TLS, authentication and a first answer together; leaves room for start-up within two seconds. */
const CONNECT_DEADLINE_MS = 1200;
const TICK_MS = 50;
/** The library's own limit on the connection; ours comes first. */
const SOCKET_CONNECT_MS = 10_000;

/** A connection that answered a PING. Nothing is retried: whoever asks is told at once what is wrong. */
export class RedisConnection {
  /** Why the connection broke, null while it has not. */
  private failure: Error | null = null;
  private closed = false;
  /** It has answered: what goes wrong from here on is not the URL's fault. */
  private greeted = false;

  private constructor(
    readonly redis: Redis,
    private readonly address: RedisAddress,
  ) {
    redis.on('error', (error: Error) => {
      this.failure ??= error;
    });
  }

  /** Throws StoreUnavailable with the real cause within CONNECT_DEADLINE_MS; `otherwise` ends its sentence. */
  static async open(address: RedisAddress, otherwise: string | null = null): Promise<RedisConnection> {
    const { Redis } = await import('./redis-client.js');
    const connection = new RedisConnection(new Redis({ ...redisOptions(address), retryStrategy: () => null }), address);
    try {
      await withDeadline(connection.greet(), CONNECT_DEADLINE_MS);
      return connection;
    } catch (error) {
      connection.close();
      throw connection.explain(error, otherwise);
    }
  }

  /**
   * The outcome of `work`, or a DpiError when Redis does not give it within `deadlineMs`; `otherwise` ends the
   * sentence.
   */
  async run<T>(work: () => Promise<T>, deadlineMs: number, otherwise: string | null = null): Promise<T> {
    try {
      return await withDeadline(work(), deadlineMs);
    } catch (error) {
      this.close();
      throw this.explain(error, otherwise);
    }
  }

  get isClosed(): boolean {
    return this.closed || this.redis.status === 'end';
  }

  close(): void {
    this.closed = true;
    this.redis.disconnect();
  }

  private async greet(): Promise<void> {
    await this.redis.connect();
    await this.redis.ping();
    // A refused AUTH or SELECT shows only as an event; without a look at it the rules would come from database 0.
    if (this.failure !== null) throw this.failure;
    this.greeted = true;
  }

  private explain(error: unknown, otherwise: string | null): DpiError {
    if (error instanceof DpiError) return error;
    // "Connection is closed." follows from the failure that came as an event before it.
    const thrown = error as Error;
    const cause = isConsequence(thrown) && this.failure !== null ? this.failure : thrown;
    const text = causeText(cause, this.address);
    const what = `Redis at ${this.address.text} ${text}${this.greeted ? '' : schemeHint(text, cause, this.address.tls)}`;
    return new StoreUnavailable(otherwise === null ? what : `${what}; ${otherwise}`, cause);
  }
}

/** Options of every connection: quick to fail, and in RESP2, which every Redis speaks. */
export function redisOptions(address: RedisAddress): RedisOptions {
  return {
    ...(address.socketPath === null ? { host: address.host, port: address.port } : { path: address.socketPath }),
    // A server name that is an address is not allowed (RFC 6066 §3).
    ...(address.tls ? { tls: isIP(address.host) === 0 ? { servername: address.host } : {} } : {}),
    username: address.username ?? undefined,
    password: address.password ?? undefined,
    db: address.database,
    protocol: 2,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: SOCKET_CONNECT_MS,
    disconnectTimeout: 50,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResubscribe: false,
    disableClientInfo: true,
  };
}

class DeadlinePassed extends Error {
  constructor(readonly ms: number) {
    super('deadline passed');
  }
}

/**
 * Counts short ticks rather than wall-clock time: on a machine so busy that this process hardly runs, a late tick
 * counts as one, and the answer that lies waiting in the socket is read before the deadline is said to have passed.
 */
async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let left = Math.ceil(ms / TICK_MS);
  const deadline = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (--left <= 0) reject(new DeadlinePassed(ms));
    }, TICK_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearInterval(timer);
    // Whatever comes later comes too late.
    work.catch(() => {});
  }
}

function isConsequence(error: Error): boolean {
  return /Connection is closed|Stream isn't writeable|max retries|Command aborted/i.test(error.message);
}

const HUNG_UP = 'closed the connection';
/** What a server that speaks TLS alone makes of a plain greeting. */
const TLS_HINT = ' (if it speaks TLS, the URL begins with rediss://)';
/** One without TLS takes a ClientHello for the beginning of a command, and waits for its end. */
const PLAIN_HINT = ' (if it does not speak TLS, the URL begins with redis://)';

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections (is it running?)',
  ENOTFOUND: 'is unknown: the host name has no address',
  EAI_AGAIN: 'is unknown: the name server does not answer',
  EHOSTUNREACH: 'is out of reach: no route to the host',
  ENETUNREACH: 'is out of reach: no route to the network',
  ETIMEDOUT: 'does not answer',
  ECONNRESET: HUNG_UP,
  EPIPE: HUNG_UP,
  ENOENT: 'is not there: no such socket',
  EACCES: 'is out of reach: permission denied',
};

/** What went wrong, as the words behind "Redis at …". */
function causeText(error: Error, address: RedisAddress): string {
  if (error instanceof DeadlinePassed) return `did not answer within ${error.ms / 1000} seconds`;
  const code = errnoOf(error);
  const { message } = error;
  if (/ETIMEDOUT/.test(message) || code === 'ETIMEDOUT') return 'does not answer';
  if (code !== null && ERRNO_TEXT[code] !== undefined) return ERRNO_TEXT[code];
  if (address.tls && code !== null) {
    const problem = tlsProblem(code, message);
    if (problem !== null) return problem;
  }
  if (/WRONGPASS|invalid password|invalid username/i.test(message)) return 'refused the password';
  if (/NOAUTH/.test(message)) return 'wants a password';
  if (/without any password configured|no password is set/i.test(message))
    return 'has no password set, but the URL holds one';
  if (/Protocol error|Unknown RESP type/.test(message)) return 'is no Redis: the answer is in another protocol';
  if (/DB index|invalid DB/i.test(message)) return `has no database ${address.database}`;
  if (/LOADING/.test(message)) return 'is still loading its data';
  if (/READONLY/.test(message)) return 'is a read-only replica';
  if (/NOPERM/.test(message)) return 'gives this user no permission';
  if (/OOM/.test(message)) return 'is out of memory';
  if (/MISCONF/.test(message)) return 'takes no changes, since it cannot save them to its disk';
  if (/WRONGTYPE/.test(message)) return 'holds something else than rules under these keys (see --redis-prefix)';
  if (isConsequence(error)) return HUNG_UP;
  return `failed: ${message}`;
}

/** Behind a text that may come of a URL with the wrong scheme; empty behind another. */
function schemeHint(text: string, cause: Error, tls: boolean): string {
  if (text === HUNG_UP) return tls ? PLAIN_HINT : TLS_HINT;
  return tls && cause instanceof DeadlinePassed ? PLAIN_HINT : '';
}

/** What Node and OpenSSL say of a failed TLS handshake, as `causeText` does; null for what is not about TLS. */
function tlsProblem(code: string, message: string): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `shows a certificate for another name: ${message}`;
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE/.test(code)) {
    return `shows a certificate that is not trusted: ${message} (NODE_EXTRA_CA_CERTS names a file with further authorities)`;
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return 'does not speak TLS (without it the URL begins with redis://)';
  return /SSL|TLS|CERT|SIGNED|ISSUER|VERIFY|EPROTO/.test(code) ? `failed the TLS handshake: ${message}` : null;
}

/** "localhost" has two addresses: Node then wraps one error for each. */
function errnoOf(error: Error): string | null {
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  return (first as NodeJS.ErrnoException).code ?? (error as NodeJS.ErrnoException).code ?? null;
}
