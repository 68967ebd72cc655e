import type { AppTable } from '../../../src/core/classify/app-table.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { IngestEngine, type IngestOptions } from '../../../src/core/ingest/ingest-engine.js';
import type { Decision, EventTuple } from '../../../src/core/ingest/packet-event.js';
import { appNamesOf } from '../../../src/core/policy/app-names.js';
import type { RuleGroup } from '../../../src/core/policy/rule.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../../src/core/policy/rule-set.js';

export const apps: AppTable = createAppTable();

/** Enough for tests, and made sooner than what a long run is given. */
const SMALL_LIMITS = {
  ...DEFAULT_LIMITS,
  maxConnections: 1 << 13,
  maxStreams: 1 << 10,
  dnsAnswers: 1 << 10,
  maxNames: 1 << 13,
};

export const OUT: EventTuple = {
  src_ip: '192.0.2.10',
  dst_ip: '203.0.113.5',
  src_port: 50_000,
  dst_port: 443,
  protocol: 'tcp',
};

/** The tuple of the other direction. */
export function reverse({ src_ip, dst_ip, src_port, dst_port, protocol }: EventTuple): EventTuple {
  return { src_ip: dst_ip, dst_ip: src_ip, src_port: dst_port, dst_port: src_port, protocol };
}

/** "allow:x" allows, all else blocks. */
export function rulesOf(...texts: string[]): RuleSet {
  const groups = texts.map((text): RuleGroup => {
    const isAllow = text.startsWith('allow:');
    const { type, value } = parseRulePattern(isAllow ? text.slice(6) : text, appNamesOf(apps));
    const action = isAllow ? 'allow' : 'block';
    return { type, values: [value], action, comment: null, expiresMs: null, createdMs: 0 };
  });
  return RuleSet.compile(groups, 0);
}

export function engineWith(options: Partial<IngestOptions> = {}): IngestEngine {
  return new IngestEngine({ apps, seed: 7, limits: SMALL_LIMITS, ...options });
}

/** The decision on an event that must be sound; time runs a millisecond an event where it does not say. */
export function decide(engine: IngestEngine, event: object): Decision {
  const decision = engine.ingest({ size: 100, ...event }, 1_700_000_000e6 + engine.totals.packets * 1000);
  if ('error' in decision) throw new Error(decision.error);
  return { ...decision };
}

/** "forward YOUTUBE i.ytimg.com tls" or "drop ... by app:YOUTUBE" */
export function inShort({ decision, app, domain, detected_by, blocked_by }: Decision): string {
  return `${decision} ${app} ${domain} ${detected_by}${blocked_by === null ? '' : ` by ${blocked_by}`}`;
}
