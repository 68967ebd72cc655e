import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppTable } from '../../../src/core/classify/app-table.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../../../src/core/engine/options.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';
import type { InputRow } from '../../../src/core/report/model.js';
import { FilterOutputs } from '../../../src/usecases/filter/filter-outputs.js';
import { type Filtering, FlowFilter, InlineFilter } from '../../../src/usecases/filter/passes.js';
import { MemorySink } from './memory-sink.js';

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

export interface Filtered extends Filtering {
  readonly row: InputRow;
  readonly output: Buffer;
}

export type Mode = 'inline' | 'flow' | 'keep';

/** Filters the file `path` in memory. */
export function filterFile(path: string, mode: Mode, rules: RuleSet): Promise<Filtered> {
  return filterWith(path, mode, { apps: apps(), limits: LIMITS, seed: 1, rules, top: 0 });
}

export async function filterWith(path: string, mode: Mode, options: PipelineOptions): Promise<Filtered> {
  const sink = new MemorySink();
  const outputs = new FilterOutputs([sink]);
  const filtering =
    mode === 'inline'
      ? await new InlineFilter(options, outputs, {}).filter([path], [path])
      : await new FlowFilter(options, outputs, {}, mode === 'keep').filter([path], [path]);
  await outputs.commit();
  return { ...filtering, row: filtering.rows[0]!, output: sink.bytes() };
}

/** The same for bytes. */
export async function filterBytes(bytes: Buffer, mode: Mode, rules: RuleSet): Promise<Filtered> {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-filter-'));
  try {
    const path = join(folder, 'in.pcap');
    writeFileSync(path, bytes);
    return await filterFile(path, mode, rules);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
