import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteSink } from '../../src/adapters/outputs/byte-sink.js';
import { RunWriter } from '../../src/adapters/outputs/run-writer.js';
import type { AppTable } from '../../src/core/classify/app-table.js';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS } from '../../src/core/pipeline-options.js';
import { appNamesOf } from '../../src/core/policy/app-names.js';
import { parseRulePattern } from '../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../src/core/policy/rule-set.js';
import { type Filtering, FlowFilter, InlineFilter } from '../../src/filter-runs.js';

/** Tables of the usual size cost more than the small captures of tests. */
export const LIMITS = { ...DEFAULT_LIMITS, maxConnections: 1 << 15 };

let table: AppTable | null = null;

/** The built-in apps, made once. */
export function apps(): AppTable {
  table ??= createAppTable();
  return table;
}

/** Rules that block, as "domain:example.com"; with a minus in front, that allow. */
export function ruleSet(...rules: string[]): RuleSet {
  const groups = rules.map((text) => {
    const action = text.startsWith('-') ? ('allow' as const) : ('block' as const);
    const { type, value } = parseRulePattern(text.replace(/^-/, ''), appNamesOf(apps()));
    return { type, action, values: [value], comment: null, expiresMs: null, createdMs: 0 };
  });
  return RuleSet.compile(groups, 0);
}

/** Collects what is written. */
class MemorySink implements ByteSink {
  readonly isStream = false;
  private readonly chunks: Buffer[] = [];

  write(bytes: Buffer): void {
    this.chunks.push(Buffer.from(bytes));
  }

  drain(): null {
    return null;
  }

  takeBack(len: number): boolean {
    const all = this.bytes();
    this.chunks.length = 0;
    this.chunks.push(all.subarray(0, all.length - len));
    return true;
  }

  async commit(): Promise<void> {}

  discard(): void {}

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export interface Filtered extends Filtering {
  readonly output: Buffer;
}

/** Filters the file `path` in memory. */
export async function filterFile(path: string, mode: 'inline' | 'flow' | 'keep', rules: RuleSet): Promise<Filtered> {
  const sink = new MemorySink();
  const writer = new RunWriter(sink);
  const options = { apps: apps(), limits: LIMITS, seed: 1, rules, top: 0 };
  const filtering =
    mode === 'inline'
      ? await new InlineFilter(options, writer, {}).filter(path)
      : await new FlowFilter(options, writer, {}, mode === 'keep').filter(path, path);
  writer.flush();
  return { ...filtering, output: sink.bytes() };
}

/** The same for bytes. */
export async function filterBytes(bytes: Buffer, mode: 'inline' | 'flow' | 'keep', rules: RuleSet): Promise<Filtered> {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-filter-'));
  try {
    const path = join(folder, 'in.pcap');
    writeFileSync(path, bytes);
    return await filterFile(path, mode, rules);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
