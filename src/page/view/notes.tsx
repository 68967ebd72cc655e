import { safeText } from '../../render/safe-text.js';
import { Panel } from './panel.js';

/** What a reader should know besides the findings; nothing where that is nothing. */
export function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <Panel id="notes" title="Notes">
      <ul class="plain">
        {notes.map((note) => (
          <li key={note}>{safeText(note)}</li>
        ))}
      </ul>
    </Panel>
  );
}
