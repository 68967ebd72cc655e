import type { AppTable } from '../../src/core/classify/app-table.js';
import { appNamesOf } from '../../src/core/policy/app-names.js';
import type { RuleGroup } from '../../src/core/policy/rule.js';
import { parseRulePattern } from '../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../src/core/policy/rule-set.js';
import { Prng } from '../forge/prng.js';
import { type CaptureParts, cutCapture } from './capture-parts.js';
import { anyChunks, BrokenInvariant, runEngine, TIGHT_LIMITS, WIDE_LIMITS } from './engine-run.js';
import { mutate } from './mutations.js';
import type { Seed } from './seeds.js';

/** A capture may take so long, all its runs together. */
export const TIME_LIMIT_MS = 5_000;

const RULES = [
  'app:YOUTUBE',
  'domain:example.org',
  'domain:example.com',
  'ip:10.0.0.0/8',
  'port:udp/443',
  'port:53',
  'allow:ip:10.0.0.1',
];

export interface FuzzCase {
  /** How to get it again: the run's number within the seed. */
  readonly seed: number;
  readonly run: number;
  readonly origin: string;
  readonly mutations: readonly string[];
  readonly capture: CaptureParts;
}

/** Case number `run` of `seed`: always the same for the same seeds of captures. Null when the captures give nothing. */
export function makeCase(seeds: readonly Seed[], seed: number, run: number): FuzzCase | null {
  const prng = new Prng(`${seed}/${run}`);
  const from = prng.pick(seeds);
  const cut = cutCapture(from.read());
  if (cut === null) return null;
  const capture = { ...cut, parts: [...cut.parts] };
  const second = prng.chance(0.3) ? prng.pick(seeds) : null;
  const other = second === null ? null : cutCapture(second.read());
  const mutations = mutate(capture, prng, other);
  return { seed, run, origin: second === null ? from.name : `${from.name} + ${second.name}`, mutations, capture };
}

/** Runs captures through the engine in several ways that must not matter. */
export class FuzzRunner {
  private readonly rules: RuleSet;

  constructor(private readonly apps: AppTable) {
    this.rules = blockRules(apps);
  }

  /** What is wrong with how the engine treats these bytes, null when nothing is. `key` decides chunks and hash seeds. */
  problemOf(bytes: Buffer, key: string): string | null {
    const prng = new Prng(key);
    const { apps } = this;
    const rules = prng.chance(0.4) ? this.rules : null;
    const limits = prng.chance(0.3) ? TIGHT_LIMITS : WIDE_LIMITS;
    const started = performance.now();
    try {
      const first = runEngine(bytes, { apps, limits, rules, hashSeed: prng.uint32() >> 1, chunks: null });
      const chunks = anyChunks(new Prng(prng.uint32()));
      const second = runEngine(bytes, { apps, limits, rules, hashSeed: prng.uint32() >> 1, chunks });
      if (first !== second) return `the same input gives two reports: ${firstDifference(first, second)}`;
    } catch (error) {
      if (error instanceof BrokenInvariant) return error.message;
      return `threw ${error instanceof Error ? error.stack : String(error)}`;
    }
    const took = performance.now() - started;
    return took > TIME_LIMIT_MS ? `took ${Math.round(took)} ms` : null;
  }
}

function blockRules(apps: AppTable): RuleSet {
  const groups = RULES.map((text): RuleGroup => {
    const action = text.startsWith('allow:') ? 'allow' : 'block';
    const { type, value } = parseRulePattern(text.replace(/^allow:/, ''), appNamesOf(apps));
    return { type, values: [value], action, comment: null, expiresMs: null, createdMs: 0 };
  });
  return RuleSet.compile(groups, 0);
}

function firstDifference(a: string, b: string): string {
  const aLines = a.split('\n');
  const bLines = b.split('\n');
  const at = aLines.findIndex((line, i) => line !== bLines[i]);
  return `line ${at + 1}:\n  ${aLines[at]?.slice(0, 900)}\n  ${bLines[at]?.slice(0, 900)}`;
}
