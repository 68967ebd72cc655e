import type { AppTable } from '../classify/app-table.js';
import { domainNameOf } from './domain-pattern.js';
import type { RuleType } from './rule.js';
import type { RuleSet } from './rule-set.js';

/** Rules with a target of their own; further ones share the last. */
const MAX_TARGETS = 1000;
const OTHERS = 'other rules';

/** A target of block rules: an app, or the value of a single rule. */
export interface BlockTarget {
  /** Name of the app, else `type:value` of the rule; "other rules" for all beyond the first thousand. */
  readonly name: string;
  readonly kind: RuleType;
}

/**
 * The targets of a set's block rules. An app is a target when an app rule names it, or when a domain rule blocks a site
 * with its name (`youtube.com`): such a rule aims at the app, whose other names then matter too. The parts of an app
 * that a rule names count for that app. Any other rule is a target of its own once it matches something.
 */
export class BlockTargets {
  readonly list: BlockTarget[] = [];
  /** Place in the list + 1 by app id, 0 for an app that no rule is after. */
  private readonly ofApp: Int32Array;
  private readonly ofRule = new Map<number, number>();

  constructor(
    private readonly rules: RuleSet,
    private readonly apps: AppTable,
  ) {
    this.ofApp = new Int32Array(apps.size);
    const places = new Map<string, number>();
    for (let app = 1; app < apps.size; app++) {
      const name = this.namedBy(app) ?? (this.blocksSiteOf(app) ? apps.nameOf(app) : null);
      if (name === null) continue;
      const place = places.get(name) ?? this.list.push({ name, kind: 'app' });
      places.set(name, place);
      this.ofApp[app] = place;
    }
  }

  /**
   * Places in the list of what a connection of app `app` (0: unknown) bears on, given all rules that match it, in
   * ascending order.
   */
  of(app: number, matches: readonly number[]): number[] {
    const places = new Set<number>();
    if (this.ofApp[app] !== 0) places.add(this.ofApp[app]! - 1);
    for (const rule of matches) if (this.rules.isBlock(rule)) places.add(this.placeOf(rule));
    return [...places].sort((a, b) => a - b);
  }

  private placeOf(rule: number): number {
    const known = this.ofRule.get(rule);
    if (known !== undefined) return known;
    const place = this.appPlaceOf(rule) ?? this.ownPlaceOf(rule);
    this.ofRule.set(rule, place);
    return place;
  }

  private appPlaceOf(rule: number): number | null {
    const { type, value } = this.rules.rule(rule);
    let app = 0;
    if (type === 'app') app = this.apps.idOf(value);
    else if (type === 'domain') {
      const name = Buffer.from(domainNameOf(value), 'latin1');
      app = this.apps.appOf(this.apps.matchName(name, 0, name.length));
    }
    return this.ofApp[app] === 0 ? null : this.ofApp[app]! - 1;
  }

  private ownPlaceOf(rule: number): number {
    const { type } = this.rules.rule(rule);
    if (this.list.length < MAX_TARGETS) return this.list.push({ name: this.rules.ruleId(rule), kind: type }) - 1;
    if (this.list.length === MAX_TARGETS) this.list.push({ name: OTHERS, kind: type });
    return MAX_TARGETS;
  }

  /** The app that a block rule names: `app`, else the nearest that it is a part of; null for none. */
  private namedBy(app: number): string | null {
    const { rules, apps } = this;
    if (!rules.hasAppRules) return null;
    const matches = rules.matchesAtApp(apps.lineageOf(app)).filter((rule) => rules.isBlock(rule));
    return matches.map((rule) => rules.rule(rule)).find(({ type }) => type === 'app')?.value ?? null;
  }

  /** A rule for a domain of the parent (`microsoft.com`) does not aim at the parts that have names below it. */
  private blocksSiteOf(app: number): boolean {
    const { rules, apps } = this;
    if (!rules.hasNameRules) return false;
    const info = apps.infoOf(app)!;
    const words = new Set([info.name, ...info.aliases].map((word) => word.toLowerCase()));
    return apps.entriesOf(app).some((entry) => {
      if (apps.isRange(entry)) return false;
      const domain = apps.entryText(entry);
      if (!words.has(domain.slice(0, domain.indexOf('.')))) return false;
      return [domain, `www.${domain}`].some((name) => {
        const bytes = Buffer.from(name, 'latin1');
        const matches = rules.matchesAtName(bytes, 0, bytes.length);
        if (info.parent === null) return this.blocks(matches);
        return this.blocks(matches.filter((rule) => `.${domainNameOf(rules.rule(rule).value)}`.endsWith(`.${domain}`)));
      });
    });
  }

  private blocks(matches: readonly number[]): boolean {
    return matches.some((rule) => this.rules.isBlock(rule));
  }
}
