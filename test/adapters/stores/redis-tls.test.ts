/** rediss:// against a real server with TLS, its certificates made on the spot. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { freePort, redisBinary, startRedis, type TestRedis } from './redis-server.js';

const hasServer = redisBinary() !== null;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
/** One built without TLS says that it does not know the option. */
const hasTls = hasServer && !/Bad directive/.test(spawnSync(redisBinary()!, ['--tls-port', 'x']).output.join(''));
const available = hasServer && hasOpenssl && hasTls;
if (!available) {
  if (process.env.CI) throw new Error('the TLS tests need openssl and a redis-server with TLS');
  console.warn('SKIPPED: the TLS tests need openssl and a redis-server with TLS');
}

let folder: string;
let server: TestRedis;
let port: number;

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  if (!available) return;
  folder = mkdtempSync(join(tmpdir(), 'dpi-tls-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  for (const name of ['ca', 'other']) {
    openssl('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=test ${name}`);
  }
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  const names = { server: 'IP:127.0.0.1,DNS:localhost', elsewhere: 'DNS:redis.example' };
  for (const [name, subject] of Object.entries(names)) {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`];
    openssl('req', '-x509', ...key, ...files, ...signed, '-addext', `subjectAltName=${subject}`);
  }
  port = await freePort();
  const file = (name: string) => join(folder, name);
  server = await startRedis([
    ...['--tls-port', String(port), '--tls-cert-file', file('server.pem'), '--tls-key-file', file('server.key')],
    ...['--tls-ca-cert-file', file('ca.pem'), '--tls-auth-clients', 'no'],
    ...['--user', ...'default on nopass ~* &* +@all'.split(' ')],
    ...['--user', ...'rita on >s3cret:/% ~dpi:* &dpi:* +@all'.split(' ')],
  ]);
  await ensureBuilt();
}, 60_000);
afterAll(async () => {
  if (!available) return;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `ca` names the certificate that is trusted beside Node's own. */
const dpi = (url: string, ca: string | null, ...args: string[]) =>
  runDpi(['rules', ...args, '--redis', url], {
    env: ca === null ? {} : { NODE_EXTRA_CA_CERTS: join(folder, `${ca}.pem`) },
  });

describe.runIf(available)('rediss://', () => {
  const user = 'rita:s3cret%3A%2F%25@';

  it('keeps rules over TLS, as a user with a password', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const url = `rediss://${user}${host}:${port}/1`;
      const added = await dpi(url, 'ca', 'add', 'TIKTOK', 'example.com');
      expect([added.stderr, added.exitCode]).toEqual(['', 0]);
      const listed = await dpi(url, 'ca', 'list');
      expect(listed.stdout).toContain(`2 rules (2 block, 0 allow) in rediss://${host}:${port}/1`);
      expect(`${added.stdout}${listed.stdout}`).not.toContain('s3cret');
    }
  });

  it('says that it does not trust the certificate, and how it would', async () => {
    for (const ca of [null, 'other']) {
      const { stderr, exitCode } = await dpi(`rediss://${user}127.0.0.1:${port}`, ca, 'add', 'TIKTOK');
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        new RegExp(
          `^dpi: Redis at rediss://127\\.0\\.0\\.1:${port} shows a certificate that is not trusted: .*NODE_EXTRA_CA_CERTS.*; nothing was changed\\n$`,
        ),
      );
      expect(stderr).not.toContain('s3cret');
    }
  });

  it('says that the certificate is for another name', async () => {
    const key = readFileSync(join(folder, 'elsewhere.key'));
    const elsewhere = createServer({ key, cert: readFileSync(join(folder, 'elsewhere.pem')) });
    elsewhere.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    try {
      const other = (elsewhere.address() as AddressInfo).port;
      const { stderr, exitCode } = await dpi(`rediss://${user}127.0.0.1:${other}`, 'ca', 'list');
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        /^dpi: Redis at rediss:\S+ shows a certificate for another name: [^\n]*127\.0\.0\.1[^\n]*\n$/,
      );
      expect(stderr).not.toContain('s3cret');
    } finally {
      elsewhere.close();
    }
  });

  it('tells TLS from no TLS, and a wrong password from a right one', async () => {
    const plain = await dpi(`redis://127.0.0.1:${port}`, 'ca', 'list');
    expect([plain.exitCode, plain.stderr]).toMatchObject([
      2,
      expect.stringMatching(/closed the connection.*rediss:\/\//),
    ]);
    const toPlain = await dpi(`rediss://127.0.0.1:${server.port}`, 'ca', 'list');
    expect([toPlain.exitCode, toPlain.stderr]).toMatchObject([
      2,
      expect.stringMatching(/does not speak TLS.* the URL begins with redis:\/\//),
    ]);
    const wrong = await dpi(`rediss://rita:mistaken@127.0.0.1:${port}`, 'ca', 'list');
    expect([wrong.exitCode, wrong.stderr]).toMatchObject([2, expect.stringContaining('refused the password')]);
    expect(wrong.stderr).not.toContain('mistaken');
    const forbidden = await dpi(`rediss://${user}127.0.0.1:${port}`, 'ca', 'add', 'TIKTOK', '--redis-prefix', 'x:');
    expect([forbidden.exitCode, forbidden.stderr]).toMatchObject([
      2,
      expect.stringContaining('gives this user no permission'),
    ]);
  });
});
