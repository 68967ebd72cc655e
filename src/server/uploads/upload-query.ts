import type { AppTable } from '../../core/classify/app-table.js';
import { editDistance } from '../../core/classify/edit-distance.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { CRITERIA, type CriterionName } from '../../core/select/criteria.js';
import { parseSelection, type SelectionTexts } from '../../core/select/selection.js';
import { limitRule, parseRules, type RuleChoice, type RuleTexts } from '../../usecases/rules/rules-in-force.js';
import { HttpProblem } from '../problem.js';
import type { ServerServices } from '../services.js';

const NEAR = 3;

type Verb = 'block' | 'allow' | 'keep';

export const RULE_PARAMETERS: readonly string[] = [
  ...parametersOf('block'),
  ...parametersOf('allow'),
  'stored_rules',
  'on_limit',
];
/** Parameters that say how to read packets. */
export const READING_PARAMETERS = ['ignore_vlan', 'follow_cname'] as const;
const SELECTION_LISTS = Object.keys(CRITERIA) as CriterionName[];
const SELECTION_TEXTS = ['since', 'until', 'where'] as const;
/** Parameters that select connections, named as the options of the command line. */
export const SELECTION_PARAMETERS: readonly string[] = [...SELECTION_LISTS, ...SELECTION_TEXTS];
/** Rules pick by the other lists, so that `keep_…` has them already. */
const KEEP_LISTS = SELECTION_LISTS.filter((name) => !(RULE_TYPES as readonly string[]).includes(name));
export const KEEP_PARAMETERS: readonly string[] = [
  ...parametersOf('keep'),
  ...[...KEEP_LISTS, ...SELECTION_TEXTS].map((name) => `keep_${name}`),
];

/** The parameters of a URL, by name. A misspelt one is refused, not ignored. */
export class UploadQuery {
  private readonly values: ReadonlyMap<string, readonly string[]>;

  /** Throws an HttpProblem for a parameter that is not in `allowed`. */
  constructor(query: unknown, allowed: readonly string[]) {
    const given = Object.entries(query as Record<string, string | string[]>);
    for (const [name] of given) {
      if (!allowed.includes(name)) throw badQuery(`unknown parameter '${name}'; ${hint(name, allowed)}`);
    }
    this.values = new Map(given.map(([name, value]) => [name, typeof value === 'string' ? [value] : value]));
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of a parameter that may be given once; null if it is absent. */
  one(name: string): string | null {
    const values = this.values.get(name) ?? [];
    if (values.length > 1) throw badQuery(`'${name}' may be given only once, not ${values.length} times`);
    return values[0] ?? null;
  }

  /** The values of a parameter that may be repeated or comma-separated. */
  all(name: string): string[] {
    const texts = (this.values.get(name) ?? []).flatMap((value) => value.split(',')).map((text) => text.trim());
    return texts.filter((text) => text !== '' || texts.length === 1);
  }

  choice<T extends string>(name: string, choices: readonly T[], byDefault: T): T {
    const value = this.one(name);
    if (value === null) return byDefault;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw badQuery(`'${name}' must be one of ${choices.join(', ')}, not '${value}'`);
    return found;
  }

  flag(name: string, byDefault: boolean): boolean {
    return this.choice(name, ['true', 'false'], byDefault ? 'true' : 'false') === 'true';
  }

  wholeNumber(name: string, byDefault: number, max: number): number {
    const value = this.one(name);
    if (value === null) return byDefault;
    if (!/^\d{1,9}$/.test(value) || Number(value) < 1 || Number(value) > max) {
      throw badQuery(`'${name}' must be a whole number from 1 to ${max}, not '${value}'`);
    }
    return Number(value);
  }

  /** Name of the capture in the report; null to use the upload's file name. */
  name(): string | null {
    const value = this.one('name');
    if (value !== null && (value === '' || value.length > 255)) throw badQuery("'name' must have 1 to 255 characters");
    return value;
  }

  /** The id under which `/uploads/ID` tells the progress; null where nobody asks. */
  uploadId(): string | null {
    const value = this.one('upload');
    if (value !== null && !/^[\w-]{1,64}$/.test(value)) {
      throw badQuery("'upload' must have 1 to 64 letters, digits, '_' or '-'");
    }
    return value;
  }

  /** The rules of this request in addition to the server's. Throws an HttpProblem for an invalid rule. */
  rules({ rules, apps }: ServerServices): RuleChoice {
    const ofRequest = [...this.texts('block', apps), ...this.texts('allow', apps)];
    if (this.choice('on_limit', ['allow', 'block'], 'allow') === 'block') ofRequest.push(limitRule('on_limit'));
    const stored = this.flag('stored_rules', true) ? rules.stored : null;
    return { ...rules, ofCall: [...rules.ofCall, ...ofRequest], stored };
  }

  /** Which connections the report is about. Throws an HttpProblem for a value that selects nothing. */
  selection(apps: AppTable): SelectionTexts {
    return this.selectionTexts(SELECTION_LISTS, '', apps);
  }

  /** What the `keep_…` that are no rules select. Throws as `selection`. */
  keptSelection(apps: AppTable): SelectionTexts {
    return this.selectionTexts(KEEP_LISTS, 'keep_', apps);
  }

  /** How to read packets. */
  reading(): { ignoreVlan: boolean; followCname: boolean } {
    return { ignoreVlan: this.flag('ignore_vlan', false), followCname: this.flag('follow_cname', false) };
  }

  /** The `keep_…` rules. Throws an HttpProblem for an invalid rule. */
  keep(apps: AppTable): RuleTexts[] {
    return this.texts('keep', apps);
  }

  private selectionTexts(names: readonly CriterionName[], prefix: string, apps: AppTable): SelectionTexts {
    const lists = names.map((name) => [name, this.all(prefix + name)] as const).filter(([, all]) => all.length > 0);
    const texts = SELECTION_TEXTS.map((name) => [name, this.one(prefix + name)] as const);
    const given = texts.filter(([, one]) => one !== null);
    const selection = Object.fromEntries([...lists, ...given]) as SelectionTexts;
    inQuery(() => parseSelection(selection, apps, prefix));
    return selection;
  }

  private texts(verb: Verb, apps: AppTable): RuleTexts[] {
    const written = RULE_TYPES.flatMap((type): RuleTexts[] => {
      const option = `${verb}_${type}`;
      const texts = this.all(option);
      return texts.length === 0 ? [] : [{ type, action: verb === 'allow' ? 'allow' : 'block', option, texts }];
    });
    // Check the rules before the upload is read.
    inQuery(() => parseRules(written, appNamesOf(apps), Date.now()));
    return written;
  }
}

/** Runs a check whose DpiErrors mean a bad request. */
export function inQuery<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof DpiError ? new HttpProblem(400, error.code, error.message) : error;
  }
}

export function badQuery(detail: string): HttpProblem {
  return new HttpProblem(400, 'bad-query', detail);
}

function parametersOf(verb: Verb): string[] {
  return RULE_TYPES.map((type) => `${verb}_${type}`);
}

function hint(name: string, allowed: readonly string[]): string {
  const near = allowed.filter((one) => editDistance(one, name.slice(0, 40)) <= NEAR);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `allowed: ${allowed.join(', ')}`;
}
