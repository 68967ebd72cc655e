import { useEffect, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { ScrollingFrame } from '../view/scrolled.js';
import { RuleForm } from './rule-form.js';
import { addRule, type ListedRules, readRules, removeRule, type StoredRule } from './rules.js';

const TEXTS = new Texts();

/** The stored rules as they are now: `version` rises each time that others change them. */
export function RulesPanel({ version }: { version: number }) {
  const [listed, setListed] = useState<ListedRules | null>(null);
  const [message, setMessage] = useState('');
  useEffect(() => void readRules().then(setListed, () => {}), [version]);
  if (listed === null) return null;
  const run = async (change: Promise<string>): Promise<void> => {
    try {
      setMessage(await change);
    } catch (error) {
      setMessage((error as Error).message);
      throw error;
    }
  };
  return (
    <section class="panel rules-panel" aria-labelledby="rules-title">
      <div class="panel-head">
        <h2 id="rules-title">Rules</h2>
        <p class="note">
          {TEXTS.count(listed.total)} in {safeText(listed.store)}
        </p>
      </div>
      <RuleForm onAdd={(draft) => run(addRule(draft))} />
      <p class="note" role="status">
        {safeText(message)}
      </p>
      {listed.rules.length > 0 && (
        <RuleTable rules={listed.rules} onRemove={(rule) => void run(removeRule(rule)).catch(() => {})} />
      )}
      {listed.total > listed.rules.length && (
        <p class="note">
          The first {TEXTS.count(listed.rules.length)} of {TEXTS.count(listed.total)}; <code>dpi rules list</code> shows
          all.
        </p>
      )}
    </section>
  );
}

function RuleTable({ rules, onRemove }: { rules: readonly StoredRule[]; onRemove(rule: StoredRule): void }) {
  const hasComments = rules.some(({ comment }) => comment !== null);
  const hasExpiries = rules.some(({ expires }) => expires !== null);
  const titles = ['Action', 'Type', 'Value', ...(hasComments ? ['Comment'] : []), ...(hasExpiries ? ['Expires'] : [])];
  return (
    <ScrollingFrame label="Stored rules">
      <table class="data">
        <caption class="hidden">Stored rules</caption>
        <thead>
          <tr>
            {titles.map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.id}>
              <td>{rule.action}</td>
              <td>{rule.type}</td>
              <td>{safeText(rule.value)}</td>
              {hasComments && <td>{safeText(rule.comment ?? '')}</td>}
              {hasExpiries && (
                <td title={rule.expires ?? undefined}>
                  {rule.expires === null ? '' : TEXTS.time(Date.parse(rule.expires) / 1000, 0, true)}
                </td>
              )}
              <td class="number">
                <button
                  type="button"
                  class="more"
                  aria-label={`Remove ${safeText(rule.id)}`}
                  onClick={() => onRemove(rule)}
                >
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollingFrame>
  );
}
