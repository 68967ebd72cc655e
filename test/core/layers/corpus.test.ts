import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { countTuples, isPlainPcap } from './corpus-reader.js';

const CORPUS = path.resolve(import.meta.dirname, '../../../../shared/corpus');
/**
 * Share of connections whose packet count equals the truth's: 99.79% when written. The rest is tunnels whose inside has
 * no ports (the truth then names the tunnel), Teredo and malformed options that tshark gives up on, and SCTP without
 * data.
 */
const MIN_AGREEMENT = 0.995;

interface Truth {
  path: string;
  /** Packets, bytes, first frame. */
  tuples: Record<string, [number, number, number]>;
}

const present = existsSync(path.join(CORPUS, 'captures'));
if (!present) console.warn('corpus absent: connections are not compared with the reference captures');

it.skipIf(!present)('connections and their packet counts agree with the reference captures', () => {
  let connections = 0;
  let equal = 0;
  const differing: string[] = [];
  for (const name of readdirSync(path.join(CORPUS, 'captures'))) {
    const file = readFileSync(path.join(CORPUS, 'captures', name));
    if (!isPlainPcap(file)) continue;
    const truth: Truth = JSON.parse(readFileSync(path.join(CORPUS, 'truth', `${path.parse(name).name}.json`), 'utf8'));
    const counted = countTuples(file);
    const before = connections - equal;
    for (const key of new Set([...counted.keys(), ...Object.keys(truth.tuples)])) {
      connections++;
      if (counted.get(key) === truth.tuples[key]?.[0]) equal++;
    }
    if (connections - equal > before) differing.push(truth.path);
  }
  expect(connections).toBeGreaterThan(10_000);
  expect(equal / connections, `differing:\n${differing.join('\n')}`).toBeGreaterThanOrEqual(MIN_AGREEMENT);
});
