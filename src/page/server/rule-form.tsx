import { useEffect, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { previewRule, RULE_TYPES, type RuleDraft, type RulePreview } from './rules.js';

/** Pause in typing before the server is asked how it reads the text. */
const TYPING_MS = 200;
const EMPTY: RuleDraft = { action: 'block', type: null, text: '' };

interface RuleFormProps {
  /** Rejects where the text is no rule. */
  onAdd(draft: RuleDraft): Promise<void>;
}

/** Adds a rule; says before how its text is read, and what may be meant instead. */
export function RuleForm({ onAdd }: RuleFormProps) {
  const [draft, setDraft] = useState(EMPTY);
  const preview = usePreview(draft);
  const change = (changes: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...changes }));
  return (
    <>
      <form
        class="add-rule"
        onSubmit={(event) => {
          event.preventDefault();
          // What was refused stays, to be put right.
          onAdd(draft).then(
            () => change({ text: '' }),
            () => {},
          );
        }}
      >
        <select
          aria-label="Action"
          value={draft.action}
          onChange={({ currentTarget }) => change({ action: currentTarget.value === 'allow' ? 'allow' : 'block' })}
        >
          <option value="block">Block</option>
          <option value="allow">Allow</option>
        </select>
        <select
          aria-label="Type"
          value={draft.type ?? ''}
          onChange={({ currentTarget }) =>
            change({ type: RULE_TYPES.find((one) => one === currentTarget.value) ?? null })
          }
        >
          <option value="">any type</option>
          {RULE_TYPES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <input
          aria-label="Value"
          aria-describedby="rule-preview"
          placeholder="example.com, YOUTUBE, 10.0.0.0/8, udp/443"
          required
          maxLength={300}
          autocapitalize="none"
          autocomplete="off"
          spellcheck={false}
          value={draft.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
        <button type="submit" class="choose small">
          Add rule
        </button>
      </form>
      <div id="rule-preview" class="preview" aria-live="polite">
        {preview !== null && (
          <Preview preview={preview} action={draft.action} onPick={(text) => change({ text, type: null })} />
        )}
      </div>
    </>
  );
}

interface PreviewProps {
  readonly preview: RulePreview;
  readonly action: RuleDraft['action'];
  onPick(suggestion: string): void;
}

function Preview({ preview, action, onPick }: PreviewProps) {
  const { id, matches, app, problem, suggestions, warnings } = preview;
  return (
    <>
      {matches !== null && (
        <p class="note">
          {action === 'block' ? 'Blocks' : 'Allows'} {safeText(matches)} <code>{safeText(id ?? '')}</code>
        </p>
      )}
      {problem !== null && <p class="note">{safeText(problem)}</p>}
      {warnings.map((warning) => (
        <p class="trouble" key={warning}>
          {safeText(warning)}
        </p>
      ))}
      {suggestions.length > 0 && (
        <p class="note suggestions">
          {app === null ? 'Use' : `This name belongs to ${safeText(app)}. For the whole app:`}{' '}
          {suggestions.map((suggestion) => (
            <button type="button" class="tool" key={suggestion} onClick={() => onPick(suggestion)}>
              {safeText(suggestion)}
            </button>
          ))}
        </p>
      )}
    </>
  );
}

/** How the server reads the text, once typing pauses; null for an empty one. */
function usePreview({ action, type, text }: RuleDraft): RulePreview | null {
  const [preview, setPreview] = useState<RulePreview | null>(null);
  const isEmpty = text.trim() === '';
  useEffect(() => {
    if (isEmpty) {
      setPreview(null);
      return undefined;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      previewRule({ action, type, text }).then(
        (answer) => isCurrent && setPreview(answer),
        // What is wrong shows when the rule is added.
        () => isCurrent && setPreview(null),
      );
    }, TYPING_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [action, type, text, isEmpty]);
  return preview;
}
