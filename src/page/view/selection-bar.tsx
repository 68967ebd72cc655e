import type { ComponentChildren } from 'preact';
import { reasonText } from '../../render/reason-text.js';
import { safeText } from '../../render/safe-text.js';
import { commandOf } from '../data/command.js';
import { FACETS, NO_VALUE, TRAITS } from '../data/facets.js';
import { type Criterion, NOTHING_SELECTED, searchOf, withSearch } from '../data/selection.js';
import type { Texts } from '../data/texts.js';
import { CopyButton } from './copy-button.js';
import { usePage } from './page-context.js';

/** The search, what is selected, the command line that selects the same, and what a server can do with it (`tools`). */
export function SelectionBar({ tools }: { tools?: ComponentChildren }) {
  const { data, selection, texts, select } = usePage();
  const command = selection.length === 0 ? null : commandOf(data, selection);
  const chips = selection.filter(({ kind }) => kind !== 'search');
  return (
    <search class="selection">
      <div class="selection-row">
        <input
          type="search"
          aria-label="Search connections"
          placeholder="Search names, addresses, labels, :port"
          value={searchOf(selection)}
          maxLength={200}
          onInput={(event) => select(withSearch(selection, event.currentTarget.value), true)}
        />
        {chips.length > 0 && (
          <ul class="chosen" aria-label="Selected">
            {chips.map((one) => (
              <li key={`${one.kind} ${'value' in one ? one.value : ''}`}>
                <button
                  type="button"
                  onClick={() => select(selection.filter((other) => other !== one))}
                  aria-label={`Remove ${titleOf(one)} ${wordsOf(one, texts)}`}
                >
                  <span class="faint">{titleOf(one)}</span> {wordsOf(one, texts)} <span aria-hidden="true">×</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {selection.length > 0 && (
          <button type="button" class="clear" onClick={() => select(NOTHING_SELECTED)}>
            Clear all
          </button>
        )}
      </div>
      {command !== null && (
        <p class="command">
          <code>{safeText(command)}</code>
          <CopyButton text={command} label="the command" />
        </p>
      )}
      {tools}
    </search>
  );
}

function titleOf(one: Criterion): string {
  if (one.kind === 'period' || one.kind === 'search') return one.kind;
  return FACETS[one.kind].title;
}

function wordsOf(one: Criterion, texts: Texts): string {
  if (one.kind === 'search') return safeText(one.text);
  if (one.kind === 'period') return `${texts.time(one.period.from, 3)} to ${texts.time(one.period.to, 3)}`;
  if (one.kind === 'trait') return TRAITS.find(({ name }) => name === one.value)?.words ?? safeText(one.value);
  if (one.kind === 'reason') return reasonText(one.value);
  return one.value === NO_VALUE ? 'none' : safeText(one.value);
}
