/** How use cases begin and end: `openRun` and `finishRun`. */
import type { AppTable } from '../../core/classify/app-table.js';
import { DEFAULT_LIMITS, type Limits, type PipelineOptions } from '../../core/engine/options.js';
import { NO_RULES, type RuleSet } from '../../core/policy/rule-set.js';
import type { FindingRow } from '../../core/report/model.js';
import { parseSelection, type Selection, type SelectionTexts } from '../../core/select/selection.js';
import { hashSeed } from '../../system/hash-seed.js';
import { RuleWatch, type RuleWatchHooks } from '../rules/rule-watch.js';
import { loadRules, type RuleChoice, type RulesInForce } from '../rules/rules-in-force.js';
import type { Condition } from './conditions.js';
import { loadApps } from './load-apps.js';

/** Options of every use case that runs packets through the engine. */
export interface RunOptions {
  /** Files with the user's own apps (`--apps`). */
  readonly appsFiles?: readonly string[];
  /** Rules to apply; none unless given. */
  readonly rules?: RuleChoice;
  /** Bounds that replace those in DEFAULT_LIMITS. */
  readonly limits?: Partial<Limits>;
  /** Take the same addresses and ports in two VLANs or overlay networks for one connection. */
  readonly ignoreVlan?: boolean;
  /** Rules for the names that DNS answers lead to (CNAME) decide too. */
  readonly followCname?: boolean;
}

/** Options of the use cases that look at some connections only. */
export interface SelectingOptions extends RunOptions {
  /** Which connections the report is about; all unless given. */
  readonly select?: SelectionTexts;
}

/** A run that is ready to read packets. */
export interface Run<Parsed> {
  /** What `parse` returned. */
  readonly parsed: Parsed;
  readonly inForce: RulesInForce;
  /** Sentences about app files and rules. */
  readonly warnings: readonly string[];
  /** Options for the Pipeline. Two pipelines with these options find the same connections under the same ids. */
  readonly engine: {
    readonly apps: AppTable;
    readonly rules: RuleSet;
    readonly limits: Limits;
    readonly seed: number;
    readonly ignoreVlan: boolean;
    readonly followCname: boolean;
    readonly selects: PipelineOptions['selects'];
  };
  /** Null where all connections are wanted. */
  readonly selection: Selection | null;
}

const NO_RULES_IN_FORCE: RulesInForce = { rules: NO_RULES, store: null, ofCall: 0, warnings: [] };

/**
 * Loads apps and rules, and reads the selection. `parse` reads the options that name apps, before any rule store is
 * opened; `readRules` replaces the reading of `options.rules`. Rejects with a DpiError.
 */
export async function openRun<Parsed>(
  options: SelectingOptions,
  parse: (apps: AppTable) => Parsed,
  readRules: (apps: AppTable) => Promise<RulesInForce> = (apps) => rulesOf(options, apps),
): Promise<Run<Parsed>> {
  const begun = await begin(options, parse);
  return ready(options, begun, await readRules(begun.apps));
}

/** A run whose rules follow their store. */
export interface FollowingRun<Parsed> extends Run<Parsed> {
  /** Close it when the run ends; null without rules. */
  readonly watch: RuleWatch | null;
}

/** Like `openRun`, for rules that may change while the run lasts. */
export async function openFollowingRun<Parsed>(
  options: SelectingOptions,
  parse: (apps: AppTable) => Parsed,
  hooks: RuleWatchHooks,
): Promise<FollowingRun<Parsed>> {
  const begun = await begin(options, parse);
  const watch = options.rules === undefined ? null : await RuleWatch.start(options.rules, begun.apps, hooks);
  return { ...ready(options, begun, watch?.inForce ?? NO_RULES_IN_FORCE), watch };
}

/** Completes a summary: puts the run's warnings first and fills in the findings. */
export function finishRun<Summary extends { warnings: string[]; findings: FindingRow[] }>(
  run: Run<unknown>,
  conditions: readonly Condition<Summary>[],
  summary: Summary,
): void {
  summary.warnings.unshift(...run.warnings);
  summary.findings = conditions.map((condition) => condition(summary)).filter((finding) => finding !== null);
}

interface Begun<Parsed> {
  readonly apps: AppTable;
  readonly parsed: Parsed;
  readonly selection: Selection | null;
  readonly warnings: readonly string[];
}

async function begin<Parsed>(options: SelectingOptions, parse: (apps: AppTable) => Parsed): Promise<Begun<Parsed>> {
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles ?? [], (warning) => warnings.push(warning));
  return { apps, parsed: parse(apps), selection: parseSelection(options.select ?? {}, apps), warnings };
}

function ready<Parsed>(options: RunOptions, begun: Begun<Parsed>, inForce: RulesInForce): Run<Parsed> {
  const { apps, parsed, selection } = begun;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const warnings = [...begun.warnings, ...inForce.warnings];
  const { ignoreVlan = false, followCname = false } = options;
  const engine = {
    apps,
    rules: inForce.rules,
    limits,
    seed: hashSeed(),
    selects: selection?.selects,
    ignoreVlan,
    followCname,
  };
  return { parsed, inForce, warnings, engine, selection };
}

function rulesOf({ rules }: RunOptions, apps: AppTable): Promise<RulesInForce> {
  return rules === undefined ? Promise.resolve(NO_RULES_IN_FORCE) : loadRules(rules, apps);
}
