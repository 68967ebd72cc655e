import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { DEFAULT_LIMITS } from '../../core/engine/options.js';
import { safeText } from '../../render/safe-text.js';
import { readToken } from '../../server/bearer-token.js';
import { limitConnections } from '../../server/connection-limit.js';
import { createServer } from '../../server/create-server.js';
import { addressesOf, listenOn } from '../../server/listen.js';
import { refuseOpenAddress } from '../../server/loopback.js';
import { openServices } from '../../server/services.js';
import { UploadPool } from '../../server/uploads/upload-pool.js';
import { startThread } from '../../system/parts.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import { openRuleStore } from '../compose-stores.js';
import type { CliContext } from '../context.js';
import { addGuide, type Guide } from '../help.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, addStreamOptions, wholeNumber } from '../options.js';
import { addRuleOptions, chosenRules, type RuleFlags } from '../rule-options.js';
import { LogWriter } from '../serve/log-writer.js';
import { portOption, sizeOption, timeoutOption } from '../serve/quantity-options.js';
import { isDoneWithin, stopSignal } from '../serve/shutdown.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';

interface ServeFlags extends RuleFlags {
  host: string;
  port: number;
  tokenFile?: string;
  apps?: string[];
  workers: number;
  queue: number;
  maxUpload: number;
  maxSpool?: number;
  uploadTimeout: number;
  headerTimeout: number;
  bodyTimeout: number;
  shutdownTimeout: number;
  color: ColourOption;
  quiet?: boolean;
}

const DEFAULT_PORT = 8000;
/** One processor stays free for the server itself. */
const DEFAULT_WORKERS = Math.max(1, Math.min(4, availableParallelism() - 1));
const MAX_WORKERS = 256;
const DEFAULT_QUEUE = 16;
const MAX_QUEUE = 10_000;
const DEFAULT_MAX_UPLOAD = 4 * 2 ** 30;
/** Times `--max-upload`. */
const DEFAULT_SPOOL = 4;
const UPLOAD_TIMEOUT_MS = 600_000;
const HEADER_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 30_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;

const GUIDE: Guide = {
  about: `
Serves the HTTP API. Listens on 127.0.0.1 by default; an address that other machines can reach requires a token, which
clients send as "Authorization: Bearer <token>" (not needed for GET /health, /docs and /openapi.json). Errors are
problem documents (RFC 9457). GET / is a page that uploads captures and shows their reports, GET /docs describes all
routes.

Standard error gets a line for each request: time, client, method, path, status, duration. SIGTERM or SIGINT stops the
server after the requests in progress; a second one stops it at once.`,
  examples: [
    ['dpi serve', 'http://127.0.0.1:8000'],
    ['dpi serve --port 0', 'a free port, printed on stderr'],
    ['dpi serve --redis redis://127.0.0.1:6379', 'rules in Redis'],
    ['openssl rand -hex 32 > token && chmod 600 token'],
    ['dpi serve --host 0.0.0.0 --token-file token', 'for other machines'],
  ],
  exitCodes: '0 stopped by SIGTERM, 2 wrong usage or cannot listen, 130 stopped by SIGINT.',
};

export function configure(command: Command, context: CliContext): void {
  command
    .option('--host <address>', 'address or name to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for any free port', portOption('--port'), DEFAULT_PORT)
    .option('--token-file <file>', 'require the token in this file');
  addAppsOption(command);
  command
    .option('--workers <n>', 'threads that read uploads', wholeNumber('--workers', MAX_WORKERS), DEFAULT_WORKERS)
    .option('--queue <n>', 'uploads that may wait for a thread', wholeNumber('--queue', MAX_QUEUE), DEFAULT_QUEUE)
    .option(
      '--max-upload <size>',
      'largest upload, also after decompression (default: 4G)',
      sizeOption('--max-upload'),
    );
  command.setOptionValue('maxUpload', DEFAULT_MAX_UPLOAD);
  command.option(
    '--max-spool <size>',
    `disk space for uploads and responses (default: ${DEFAULT_SPOOL} times --max-upload)`,
    sizeOption('--max-spool'),
  );
  addTime(command, '--header-timeout', 'time for the headers of a request', HEADER_TIMEOUT_MS);
  addTime(command, '--body-timeout', 'longest pause within a request body', BODY_TIMEOUT_MS);
  addTime(command, '--upload-timeout', 'longest time to read an upload once it has arrived', UPLOAD_TIMEOUT_MS);
  addTime(command, '--shutdown-timeout', 'time for requests in progress at shutdown', SHUTDOWN_TIMEOUT_MS);
  addStreamOptions(command);
  addRuleOptions(command);
  addLimitOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: ServeFlags) => {
    const log = new LogWriter(context.stderr);
    process.exitCode = await serve(flags, context, log);
    // Lines that nothing reads would keep the process alive.
    if (!(await log.isRead())) process.exit();
  });
}

async function serve(flags: ServeFlags, context: CliContext, log: LogWriter): Promise<number> {
  const { stderr, env } = context;
  const warnings: string[] = [];
  let warn: (warning: string) => void = (warning) => warnings.push(warning);
  if (flags.tokenFile === undefined) await refuseOpenAddress(flags.host);
  const token = flags.tokenFile === undefined ? null : await readToken(flags.tokenFile, warn);
  const chosen = chosenRules(flags, context);
  const rules = { ...chosen, stored: chosen.stored === null ? null : { ...chosen.stored, mayBeMissing: true } };
  const storeName = rules.stored === null ? null : openRuleStore(flags, env).describe();
  const appsFiles = flags.apps ?? [];
  const apps = await loadApps(appsFiles, warn);
  const limits = chosenLimits({ ...flags });
  const uploads = new UploadPool({
    startThread: (limits) => startThread('uploads', limits),
    workers: flags.workers,
    queue: flags.queue,
    maxUploadLen: flags.maxUpload,
    maxSpoolLen: flags.maxSpool ?? flags.maxUpload * DEFAULT_SPOOL,
    uploadTimeoutMs: flags.uploadTimeout,
    limits,
    appsFiles,
  });
  const services = await openServices(
    { apps, appsFiles, rules: { ...rules, env: { ...env } }, uploads },
    { ...DEFAULT_LIMITS, ...limits },
    (sentence) => warn(sentence),
  );
  const app = createServer(services, {
    token,
    logRequest: flags.quiet ? null : (line) => log.write(line),
    logError: (line) => log.write(`dpi: ${line}`),
    headerTimeoutMs: flags.headerTimeout,
    bodyTimeoutMs: flags.bodyTimeout,
  });
  limitConnections(app.server, (sentence) => warn(sentence));
  try {
    const stopped = stopSignal();
    await listen(async () => listenOn(app, await addressesOf(flags.host), flags.port), flags);
    const url = urlOf(app.server.address() as AddressInfo);
    const stored = storeName === null ? 'no stored rules' : `rules in ${safeText(storeName)}`;
    stderr.write(
      `dpi: listening on ${url}, page for browsers at ${url}/, API documentation at ${url}/docs, ${stored}\n`,
    );
    if (!flags.quiet) await printWarnings(warnings, context, flags.color);
    warn = (warning) => {
      if (!flags.quiet) void printWarnings([warning], context, flags.color);
    };

    const exitCode = await stopped;
    if (!flags.quiet) stderr.write('dpi: stopping after the requests in progress\n');
    if (!(await isDoneWithin(app.close(), flags.shutdownTimeout))) {
      stderr.write('dpi: aborted requests that took longer than --shutdown-timeout\n');
      app.server.closeAllConnections();
    }
    return exitCode;
  } finally {
    await app.close();
    await uploads.close();
  }
}

async function listen(start: () => Promise<unknown>, { host, port }: ServeFlags): Promise<void> {
  try {
    await start();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EADDRINUSE: 'another program listens there (--port 0 picks a free port)',
      EACCES: 'ports below 1024 need special privileges',
      EADDRNOTAVAIL: 'this machine does not have that address',
    };
    const reason = reasons[code ?? ''] ?? message;
    throw new DpiError('cannot-listen', `can't listen on ${host} port ${port}: ${reason}`, { cause: error });
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function addTime(command: Command, flag: string, description: string, defaultMs: number): void {
  command.option(`${flag} <time>`, `${description} (default: ${defaultMs / 1000}s)`, timeoutOption(flag));
  command.setOptionValue(camelCase(flag), defaultMs);
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
