import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leastOf } from '../../../src/core/evidence-capture/least-packets.js';
import { proofFile } from '../../../src/core/evidence-capture/proof-file.js';
import { writeEvidence } from '../../../src/usecases/evidence/evidence.js';
import { verifyEvidence } from '../../../src/usecases/evidence/verify.js';
import { readCapture } from '../../core/capture/read-capture.js';
import { analyzed } from '../../support/analyzed.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'dpi-evidence-'));
const proof = join(folder, 'proof.pcapng');
beforeAll(() => ensureBuilt());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLES = ['.', 'generated'].flatMap((place) =>
  readdirSync(join(ROOT, 'samples', place))
    .filter((name) => /\.pcap(?:ng)?(?:\.gz)?$/.test(name))
    .map((name) => join(place, name)),
);

describe('evidence', () => {
  it.each(SAMPLES)('proves every label of %s', async (name) => {
    const path = join(ROOT, 'samples', name);
    for (const record of await analyzed(path)) {
      if (record.label === 'unknown') continue;
      const { statement } = await writeEvidence(record.id, path, proof);
      const { claim, source } = statement;
      expect([claim.label, claim.domain, claim.src_port]).toEqual([record.label, record.domain, record.src_port]);
      expect(readCapture(readFileSync(proof)).packets).toHaveLength(source.packets.length);
      const result = await verifyEvidence(proof, { source: path });
      expect(result).toEqual({ statement, isIntact: true, isDerived: true, isFromSource: true, found: null });
    }
  });

  it('takes the DNS answer along where nothing else names the connection', async () => {
    const path = join(ROOT, 'samples/generated/dns-answer-names-connection.pcap');
    const record = (await analyzed(path)).find(({ detected_by }) => detected_by === 'dns-answer')!;
    const { statement } = await writeEvidence(record.id, path, proof);
    const records = await analyzed(proof);
    expect(records.some(({ app_protocol }) => app_protocol === 'dns')).toBe(true);
    expect(statement.source.packets.length).toBeLessThan(record.packets + 3);
  });

  it('prints the statement of a stranger without what would steer a terminal', async () => {
    const path = join(ROOT, 'samples/curl-tls13.pcap');
    const { statement } = await writeEvidence((await analyzed(path))[0]!.id, path, proof);
    const name = '\u009b31m\u202egnp.pcap';
    writeFileSync(proof, proofFile({ ...statement, source: { ...statement.source, name } }, []));
    const stdout = String((await runDpi(['verify', '--json', proof])).stdout);
    expect(stdout).toContain(String.raw`\u009b31m\u202egnp.pcap`);
    expect(stdout).not.toMatch(/[\u009b\u202e]/);
    expect(JSON.parse(stdout).statement.source.name).toBe(name);
  });

  it('finds out that packets or the statement were changed', async () => {
    const path = join(ROOT, 'samples/curl-tls13.pcap');
    const record = (await analyzed(path)).find(({ detected_by }) => detected_by === 'tls')!;
    const { statement } = await writeEvidence(record.id, path, proof);
    const bytes = readFileSync(proof);
    const changed = Buffer.from(bytes);
    changed[bytes.lastIndexOf(record.domain!)] = 0x78;
    writeFileSync(proof, changed);
    const other = await verifyEvidence(proof);
    expect([other.isIntact, other.isDerived]).toEqual([false, false]);
    expect(other.found?.domain).toBe(`x${record.domain!.slice(1)}`);

    const text = JSON.stringify(statement);
    const forged = text.replace(record.domain!, record.domain!.replace(/^./, 'x'));
    writeFileSync(proof, Buffer.from(bytes.toString('latin1').replace(text, forged), 'latin1'));
    const claimed = await verifyEvidence(proof);
    expect([claimed.isIntact, claimed.isDerived]).toEqual([true, false]);
  });

  it('rejects statements that lack a value, or have one of another type', async () => {
    const path = join(ROOT, 'samples/curl-tls13.pcap');
    const { statement } = await writeEvidence(1, path, proof);
    const { packets: read } = readCapture(readFileSync(proof));
    const packets = read.map((one) => ({ ...one, frame: Buffer.from(one.data, 'hex') }));
    const changes: ((one: Record<string, Record<string, unknown>>) => void)[] = [
      ...Object.keys(statement).map((key) => (one: Record<string, unknown>) => delete one[key]),
      ...Object.keys(statement.claim).map((key) => (one: Record<string, Record<string, unknown>>) => {
        one.claim![key] = [];
      }),
      ...Object.keys(statement.source).map((key) => (one: Record<string, Record<string, unknown>>) => {
        one.source![key] = null;
      }),
    ];
    for (const change of changes) {
      const changed = structuredClone(statement);
      change(changed as unknown as Record<string, Record<string, unknown>>);
      writeFileSync(proof, proofFile(changed, packets));
      await expect(verifyEvidence(proof), JSON.stringify(changed)).rejects.toThrow(/is no proof/);
    }
    writeFileSync(proof, proofFile(statement, packets));
    await expect(verifyEvidence(proof)).resolves.toMatchObject({ isIntact: true, isDerived: true });
  });

  it('rejects ids, inputs and files that are none', async () => {
    const path = join(ROOT, 'samples/demo.pcap');
    await expect(writeEvidence(999, path, proof)).rejects.toThrow(/no connection 999; it has 53/);
    await expect(writeEvidence(1, '-', proof)).rejects.toThrow(/reads the capture twice/);
    await expect(verifyEvidence('none.pcap')).rejects.toThrow(/^can't read none.pcap: there is no such file$/);
    await expect(verifyEvidence(path)).rejects.toThrow(/is no proof/);
  });
});

describe('the fewest packets', () => {
  it('keeps what is needed together, and nothing else', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    let trials = 0;
    const least = leastOf(items, (kept) => {
      trials++;
      return kept.includes(3) && kept.includes(70) && kept.includes(71);
    });
    expect(least).toEqual([3, 70, 71]);
    expect(trials).toBeLessThan(60);
    expect(leastOf(items, () => true)).toEqual([]);
  });
});
