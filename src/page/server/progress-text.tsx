import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import type { Progress } from './sendings.js';

const TEXTS = new Texts();

/** How far something is, as a bar and in words. */
export function ProgressText({ progress: { state, done, total }, label }: { progress: Progress; label: string }) {
  if (state === 'reading') return <span class="faint">reading {TEXTS.bytes(total)} …</span>;
  const isSending = state === 'sending';
  return (
    <>
      <progress
        max={Math.max(1, total)}
        value={done}
        aria-label={`${isSending ? 'Upload' : 'Download'} of ${safeText(label)}`}
      />
      <span class="faint">
        {isSending ? '' : 'received '}
        {TEXTS.bytes(done)} of {TEXTS.bytes(total)}
      </span>
    </>
  );
}
