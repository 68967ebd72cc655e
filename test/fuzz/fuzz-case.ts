import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppTable } from '../../src/core/classify/app-table.js';
import type { Limits } from '../../src/core/engine/options.js';
import type { RuleSet } from '../../src/core/policy/rule-set.js';
import { Prng } from '../forge/prng.js';
import { someRules } from '../support/some-rules.js';
import { BrokenInvariant, check } from './broken-invariant.js';
import { type CaptureParts, cutCapture } from './capture-parts.js';
import { anyChunks, runEngine, TIGHT_LIMITS, WIDE_LIMITS } from './engine-run.js';
import { checkFilter } from './filter-check.js';
import { mutate } from './mutations.js';
import { packGzip, packZstd } from './packed-captures.js';
import { checkPacked } from './packed-check.js';
import { packLz4 } from './packed-lz4.js';
import { mutatePacked } from './packed-mutations.js';
import type { Seed } from './seeds.js';

/** A capture may take so long, all its runs together. */
const TIME_LIMIT_MS = 5_000;

/** Shares of the cases that are filtered, and packed, as well: both cost more than the engine. */
const FILTERED = 0.15;
const PACKED = 0.1;

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

/** Runs captures through the engine, the filter and the decompressors in several ways that must not matter. */
export class FuzzRunner {
  /** Cases that were filtered, and such that were packed and unpacked. */
  filtered = 0;
  packed = 0;
  private readonly rules: RuleSet;
  private readonly folder: string;
  private readonly path: string;

  /** Captures go through files in `folder`, a temporary one if it is left out. */
  constructor(
    private readonly apps: AppTable,
    folder?: string,
  ) {
    this.rules = someRules(apps);
    this.folder = mkdtempSync(join(folder ?? tmpdir(), 'dpi-fuzz-'));
    this.path = join(this.folder, 'case');
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * What is wrong with how these bytes are treated, null when nothing is. `key` decides chunks, hash seeds and the
   * like.
   */
  async problemOf(bytes: Buffer, key: string): Promise<string | null> {
    const started = performance.now();
    try {
      const dropped = this.engine(bytes, new Prng(key));
      await this.filter(bytes, new Prng(`${key}/filter`), dropped);
      await this.pack(bytes, new Prng(`${key}/pack`));
    } catch (error) {
      if (error instanceof BrokenInvariant) return error.message;
      return `threw ${error instanceof Error ? error.stack : String(error)}`;
    }
    const took = performance.now() - started;
    return took > TIME_LIMIT_MS ? `took ${Math.round(took)} ms` : null;
  }

  /** Packets that the rules drop in either way, null where there are none. */
  private engine(bytes: Buffer, prng: Prng): Dropped {
    const { apps } = this;
    const rules = prng.chance(0.4) ? this.rules : null;
    const limits = prng.chance(0.3) ? TIGHT_LIMITS : WIDE_LIMITS;
    const first = runEngine(bytes, { apps, limits, rules, hashSeed: prng.uint32() >> 1, chunks: null });
    const chunks = anyChunks(new Prng(prng.uint32()));
    const second = runEngine(bytes, { apps, limits, rules, hashSeed: prng.uint32() >> 1, chunks });
    if (first !== second) {
      throw new BrokenInvariant(`the same input gives two reports: ${firstDifference(first, second)}`);
    }
    return { limits, rules, packets: rules === null ? null : JSON.parse(first).dropped_packets };
  }

  private async filter(bytes: Buffer, prng: Prng, analyzed: Dropped): Promise<void> {
    if (!prng.chance(FILTERED)) return;
    this.filtered++;
    const { apps, path } = this;
    const rules = analyzed.rules ?? (prng.chance(0.5) ? this.rules : undefined);
    const options = { apps, limits: analyzed.limits, rules, seed: prng.uint32() >> 1, top: 0 };
    const dropped = await checkFilter(bytes, path, options);
    if (dropped === null || analyzed.packets === null) return;
    check(dropped === analyzed.packets, `analyze drops ${analyzed.packets} packets, filter ${dropped}`);
  }

  private async pack(bytes: Buffer, prng: Prng): Promise<void> {
    if (!prng.chance(PACKED)) return;
    this.packed++;
    const packed = prng.pick([packGzip, packZstd, packLz4])(bytes, prng);
    const mutations = mutatePacked(packed, prng);
    try {
      await checkPacked(packed, bytes, mutations, this.path, prng);
    } catch (error) {
      const where = `${packed.compression} with ${mutations.join(', ') || 'no change'}`;
      if (error instanceof BrokenInvariant) throw new BrokenInvariant(`${error.message} (${where})`);
      throw error;
    }
  }
}

/** How the engine was run, and how many packets its rules dropped; null without rules. */
interface Dropped {
  readonly limits: Limits;
  readonly rules: RuleSet | null;
  readonly packets: number | null;
}

function firstDifference(a: string, b: string): string {
  const aLines = a.split('\n');
  const bLines = b.split('\n');
  const at = aLines.findIndex((line, i) => line !== bLines[i]);
  return `line ${at + 1}:\n  ${aLines[at]?.slice(0, 900)}\n  ${bLines[at]?.slice(0, 900)}`;
}
