import type { DpiError } from '../../core/common/error.js';
import type { RuleAction, RuleGroup } from '../../core/policy/rule.js';
import { formatMoment, parseMoment } from '../../core/policy/rule-expiry.js';

/** What a field of a hash holds beside its name, the value. */
export type RuleContent = Pick<RuleGroup, 'action' | 'comment' | 'expiresMs' | 'createdMs'>;

/** As it is stored. */
export function contentOf({ action, comment, expiresMs, createdMs }: RuleGroup): string {
  return JSON.stringify({
    action,
    comment: comment ?? undefined,
    expires: expiresMs === null ? undefined : formatMoment(expiresMs),
    created: formatMoment(createdMs),
  });
}

/** Parses each distinct content once: rules added together share theirs, and the object tells that they do. */
export function contentParser(
  damaged: (value: string, problem: string) => DpiError,
): (value: string, content: string) => RuleContent {
  const known = new Map<string, RuleContent>();
  return (value, content) => {
    let parsed = known.get(content);
    if (parsed === undefined) {
      parsed = parseContent(content, (problem) => damaged(value, problem));
      known.set(content, parsed);
    }
    return parsed;
  };
}

function parseContent(content: string, damaged: (problem: string) => DpiError): RuleContent {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(content) as Record<string, unknown>;
  } catch {
    throw damaged('its content is no JSON');
  }
  const { action, comment = null, expires = null, created = null } = fields ?? {};
  if (action !== 'block' && action !== 'allow') throw damaged('its action is neither "block" nor "allow"');
  if (comment !== null && typeof comment !== 'string') throw damaged('its comment is no text');
  const expiresMs = expires === null ? null : parseMoment(String(expires));
  const createdMs = created === null ? 0 : parseMoment(String(created));
  if (Number.isNaN(expiresMs) || Number.isNaN(createdMs)) throw damaged('a time in it is not ISO 8601');
  return { action: action as RuleAction, comment, expiresMs, createdMs };
}
