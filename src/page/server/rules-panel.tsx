import { useCallback, useEffect, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import {
  addRule,
  type ListedRules,
  RULE_TYPES,
  type RuleType,
  readRules,
  removeRule,
  type StoredRule,
} from './rules.js';

/** The stored rules, as they are at any moment: pages and commands that change them show here at once. */
export function RulesPanel() {
  const [listed, setListed] = useState<ListedRules | null>(null);
  const [message, setMessage] = useState('');
  const refresh = useCallback(() => void readRules().then(setListed, () => setListed(null)), []);
  useEffect(() => {
    const events = new EventSource('/rules/events');
    events.addEventListener('rules', refresh);
    return () => events.close();
  }, [refresh]);
  // Without a rule store there is nothing to show.
  if (listed === null) return null;
  const run = (change: Promise<string>) =>
    change.then(
      (words) => setMessage(words),
      (error: Error) => setMessage(error.message),
    );
  return (
    <section class="panel rules-panel" aria-labelledby="rules-title">
      <div class="panel-head">
        <h2 id="rules-title">Rules</h2>
        <p class="note">
          {listed.total} in {safeText(listed.store)}
        </p>
      </div>
      <AddForm onAdd={(type, value, action) => run(addRule(type, value, action))} />
      <p class="note" role="status">
        {safeText(message)}
      </p>
      {listed.rules.length > 0 && <RuleTable rules={listed.rules} onRemove={(rule) => run(removeRule(rule))} />}
      {listed.total > listed.rules.length && (
        <p class="note">
          The first {listed.rules.length} of {listed.total}; <code>dpi rules list</code> shows all.
        </p>
      )}
    </section>
  );
}

interface AddFormProps {
  onAdd(type: RuleType, value: string, action: 'block' | 'allow'): void;
}

function AddForm({ onAdd }: AddFormProps) {
  const [type, setType] = useState<RuleType>('domain');
  const [action, setAction] = useState<'block' | 'allow'>('block');
  const [value, setValue] = useState('');
  return (
    <form
      class="add-rule"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(type, value.trim(), action);
        setValue('');
      }}
    >
      <select
        aria-label="Action"
        value={action}
        onChange={({ currentTarget }) => setAction(currentTarget.value === 'allow' ? 'allow' : 'block')}
      >
        <option value="block">Block</option>
        <option value="allow">Allow</option>
      </select>
      <select
        aria-label="Type"
        value={type}
        onChange={({ currentTarget }) => setType(RULE_TYPES.find((one) => one === currentTarget.value) ?? 'domain')}
      >
        {RULE_TYPES.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        aria-label="Value"
        placeholder="example.com"
        required
        maxLength={300}
        value={value}
        onInput={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <button type="submit" class="choose small">
        Add rule
      </button>
    </form>
  );
}

function RuleTable({ rules, onRemove }: { rules: readonly StoredRule[]; onRemove(rule: StoredRule): void }) {
  return (
    <div class="table-frame">
      <table class="data">
        <caption class="hidden">Stored rules</caption>
        <thead>
          <tr>
            {['Action', 'Type', 'Value', 'Comment', 'Expires'].map((title) => (
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
              <td>{safeText(rule.comment ?? '')}</td>
              <td>{rule.expires ?? ''}</td>
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
    </div>
  );
}
