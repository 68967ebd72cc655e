import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { execa } from 'execa';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dpi-client-'));
let server: ServeProcess;

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: string[];
  readonly responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}

beforeAll(async () => {
  await ensureBuilt();
  server = await startServe(['--rules-file', join(folder, 'rules.json')]);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the OpenAPI document', () => {
  it('is valid, and describes every route with its answers and problems', async () => {
    const { json, status } = await server.ask('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(await new Validator().validate(structuredClone(json))).toEqual({ valid: true });
    expect(Object.keys(json.paths)).toEqual([
      '/analyze',
      '/explain',
      '/filter',
      '/uploads/{id}',
      '/ingest',
      '/rules',
      '/rules/{type}',
      '/rules/{type}/{value}',
      '/rules/check',
      '/rules/preview',
      '/rules/test',
      '/apps',
      '/apps/{query}',
      '/stats',
      '/stats/apps',
      '/stats/connections',
      '/health',
      '/metrics',
    ]);
    const operations = Object.entries(json.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const { name, path, operation } of operations) {
      expect(operation.summary, name).toBeTruthy();
      expect(operation.tags, name).toHaveLength(1);
      for (const [code, { description, content }] of Object.entries(operation.responses)) {
        expect(description, `${name} ${code}`).not.toBe('Default Response');
        if (code >= '400' && path !== '/health')
          expect(Object.keys(content!), name).toEqual(['application/problem+json']);
      }
      if (path !== '/health') expect(Object.keys(operation.responses), name).toContain('401');
    }
  });

  it('gives a client that type-checks and works', async () => {
    const { json } = await server.ask('GET', '/openapi.json');
    writeFileSync(join(folder, 'api.ts'), astToString(await openapiTS(json)));
    copyFileSync(join(import.meta.dirname, 'generated-client.ts'), join(folder, 'client.ts'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const flags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    const checked = await execa('npx', ['tsc', ...flags, 'client.ts'], { cwd: folder, reject: false });
    expect(checked.stdout).toBe('');
    expect(checked.exitCode).toBe(0);

    const args = ['--import', 'tsx', 'client.ts', server.url, join(ROOT, 'samples/demo.pcap')];
    const { stdout } = await execa(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      added: [201, 'app:YOUTUBE', 'exam'],
      prefix: '198.51.100.0/24',
      unknown: [400, 'unknown-app', "no app is called 'YOUTUB'; did you mean YOUTUBE or YOUKU?"],
      rules: [2, 1, 1, null],
      decision: ['drop', 'app:YOUTUBE'],
      analyzed: [200, ['schema_version', 'generator']],
      stats: [1, 1],
      apps: true,
      connections: [['YOUTUBE', true]],
      removed: 'app:YOUTUBE',
      health: ['ok', 'json'],
      metrics: 'string',
    });
  }, 120_000);

  it('has pages of its own, which take nothing from elsewhere', async () => {
    const page = await server.ask('GET', '/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1]!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\/static\//);
      expect((await server.ask('GET', link)).status, link).toBe(200);
    }
    expect(page.text).toContain('<title>dpi HTTP API</title>');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    // Over plain HTTP a browser on another machine would ask for the scripts over https.
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(server.stderr()).toContain(`${server.url}/docs`);
  });

  it('is open to read where the server asks for a token', async () => {
    const token = join(folder, 'token');
    writeFileSync(token, '0123456789abcdef0123456789abcdef', { mode: 0o600 });
    const closed = await startServe(['--token-file', token, '--no-stored-rules']);
    try {
      const statuses = await Promise.all(
        ['/health', '/docs', '/openapi.json', '/rules', '/stats', '/metrics'].map(
          async (path) => (await closed.ask('GET', path)).status,
        ),
      );
      expect(statuses).toEqual([200, 200, 200, 401, 401, 401]);
      const document = async (one: typeof closed) => JSON.parse((await one.ask('GET', '/openapi.json')).text);
      expect((await document(closed)).security).toEqual([{ token: [] }]);
      expect((await document(server)).security).toEqual([]);
    } finally {
      await closed.stop();
    }
  });
});
