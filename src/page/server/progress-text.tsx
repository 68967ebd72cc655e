import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import type { Progress } from './sendings.js';

const TEXTS = new Texts();
const NAMES = { sending: 'Upload', reading: 'Analysis', receiving: 'Download' } as const;
const WORDS = { sending: '', reading: 'read ', receiving: 'received ' } as const;

/** How far something is, as a bar and in words. */
export function ProgressText({ progress: { state, done, total }, label }: { progress: Progress; label: string }) {
  if (state === 'reading' && done === 0) return <span class="faint">reading {TEXTS.bytes(total)} …</span>;
  return (
    <>
      <progress max={Math.max(1, total)} value={done} aria-label={`${NAMES[state]} of ${safeText(label)}`} />
      <span class="faint">
        {WORDS[state]}
        {TEXTS.bytes(done)} of {TEXTS.bytes(total)}
      </span>
    </>
  );
}
