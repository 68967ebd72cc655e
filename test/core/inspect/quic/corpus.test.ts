import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Finding, FOUND, InspectContext, ROLE_UNKNOWN } from '../../../../src/core/inspect/inspector.js';
import { quicInspector } from '../../../../src/core/inspect/quic/quic.js';
import { CORPUS, datagrams, hasCorpus } from './corpus.js';

const KINDS = new Set(['quic', 'gquic']);

interface Truth {
  flows: Record<string, { kind: string; name: string | null }[]>;
}

function namesInTruth(truth: Truth): Set<string> {
  const names = new Set<string>();
  for (const items of Object.values(truth.flows)) {
    for (const { kind, name } of items) if (KINDS.has(kind) && name) names.add(name);
  }
  return names;
}

function namesFound(file: string): Set<string> {
  const names = new Set<string>();
  const flows = new Map<string, { state: unknown; isDone: boolean }>();
  const context = new InspectContext();
  const finding = new Finding();
  for (const { key, forward, payload } of datagrams(file)) {
    const flow = flows.get(key) ?? { state: undefined, isDone: false };
    flows.set(key, flow);
    if (flow.isDone) continue;
    finding.reset();
    context.state = flow.state;
    context.direction = forward ? 0 : 1;
    const status = quicInspector.inspect(payload, 0, payload.length, context, finding);
    flow.isDone = status === FOUND && finding.role !== ROLE_UNKNOWN;
    flow.state = context.state;
    if (finding.nameBuf === null) continue;
    names.add(finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd).replace(/:\d+$/, ''));
  }
  return names;
}

if (!hasCorpus) console.log('corpus test skipped: no captures beside the repository');

describe.skipIf(!hasCorpus)('corpus', () => {
  it('names the QUIC connections of real captures, and no others', () => {
    const captures = readdirSync(join(CORPUS, 'captures'));
    let expected = 0;
    let found = 0;
    const wrong: string[] = [];
    const missed: string[] = [];
    for (const capture of captures) {
      const hash = capture.slice(0, 64);
      const truth: Truth = JSON.parse(readFileSync(join(CORPUS, 'truth', `${hash}.json`), 'utf8'));
      const want = namesInTruth(truth);
      const got = namesFound(join(CORPUS, 'captures', capture));
      expected += want.size;
      for (const name of want) {
        if (got.has(name)) found++;
        else missed.push(`${hash.slice(0, 8)} ${name}`);
      }
      for (const name of got) if (!want.has(name)) wrong.push(`${hash.slice(0, 8)} ${name}`);
    }
    console.log(
      `QUIC names in captures: ${found} of ${expected}${missed.length > 0 ? `; missed ${missed.join(', ')}` : ''}`,
    );
    expect(wrong).toEqual([]);
    expect(found / expected).toBeGreaterThan(0.98);
  });
});
