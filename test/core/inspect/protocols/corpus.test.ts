import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../../src/usecases/analyze/analyze.js';
import { CORPUS } from '../corpus-payloads.js';
import { CORPUS_PROTOCOLS } from './corpus-protocols.js';

/** Captures of the reference corpus by their original path, as its manifest lists them. */
function captureFiles(): Map<string, string> {
  const manifest = join(CORPUS, 'manifest.tsv');
  const files = new Map<string, string>();
  if (!existsSync(manifest)) return files;
  for (const line of readFileSync(manifest, 'utf8').split('\n').slice(1)) {
    const [, repo, path, hash, , format] = line.split('\t');
    if (hash === undefined) continue;
    const extensions = format?.startsWith('pcapng') ? ['pcapng', 'pcap'] : ['pcap', 'pcapng', 'cap'];
    const names = extensions.flatMap((one) => [`${hash}.${one}`, `${hash}.${one}.gz`]);
    const name = names.find((one) => existsSync(join(CORPUS, 'captures', one)));
    if (name !== undefined) files.set(`${repo}/${path}`, join(CORPUS, 'captures', name));
  }
  return files;
}

const FILES = captureFiles();
if (FILES.size === 0) console.warn(`protocols: no captures at ${CORPUS}, skipping the tests on them`);

describe.skipIf(FILES.size === 0)('protocol names on real captures', () => {
  it.each(CORPUS_PROTOCOLS)('%s in %s: %i connections', async (protocol, path, least) => {
    const file = FILES.get(path);
    if (file === undefined) return console.warn(`protocols: ${path} is not there, skipped`);
    const connections: ConnectionRecord[] = [];
    await analyzeCaptures([file], { onConnection: (one) => connections.push(one) });
    const found = connections.filter((one) => one.app_protocol === protocol);
    expect(found.length).toBeGreaterThanOrEqual(least);
  });
});
