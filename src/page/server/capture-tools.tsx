import { safeText } from '../../render/safe-text.js';
import { type SelectingWords, selectingWords } from '../data/command.js';
import type { Selection } from '../data/selection.js';
import { Texts } from '../data/texts.js';
import { usePage } from '../view/page-context.js';
import { ProgressText } from './progress-text.js';
import { save, sendForCopy } from './sendings.js';
import type { Task, Tasks } from './use-tasks.js';

const TEXTS = new Texts();

interface CaptureToolsProps {
  readonly upload: number;
  readonly file: File;
  readonly tasks: Tasks;
  /** Null without rules to test. */
  onTestRules: (() => void) | null;
}

/** What the page does with the capture of a report: copies of it by the selection, and a test of the rules. */
export function CaptureTools({ upload, file, tasks, onTestRules }: CaptureToolsProps) {
  const { selection } = usePage();
  const task = tasks.of(upload);
  const isBusy = task !== null && task.progress !== null;
  const words = filterWords(selection);
  const copy = (isWithout: boolean) => {
    if (typeof words === 'string') return;
    tasks.start(upload, {
      title: isWithout ? 'Without the selection' : 'Only the selection',
      send: (onProgress) => sendForCopy(file, words, isWithout, onProgress),
      done: (answer) => {
        save(answer);
        const { name, keptPackets, totalPackets } = answer;
        return `${name}: ${TEXTS.count(keptPackets)} of ${TEXTS.plural(totalPackets, 'packet')}`;
      },
    });
  };
  const isOff = isBusy || typeof words === 'string';
  return (
    <div class="tools">
      {selection.length > 0 && (
        <>
          <span class="faint" id="download-title">
            Download
          </span>
          <button type="button" class="tool" disabled={isOff} onClick={() => copy(false)}>
            only the selection
          </button>
          <button type="button" class="tool" disabled={isOff} onClick={() => copy(true)}>
            without the selection
          </button>
        </>
      )}
      {onTestRules !== null && (
        <button type="button" class="tool" disabled={isBusy} onClick={onTestRules}>
          Test the rules
        </button>
      )}
      {selection.length > 0 && typeof words === 'string' && <span class="note">{words}</span>}
      <TaskState task={task} onRemove={() => tasks.remove(upload)} />
    </div>
  );
}

function TaskState({ task, onRemove }: { task: Task | null; onRemove(): void }) {
  return (
    <span class="task" role="status">
      {task !== null && (
        <>
          {task.progress !== null && <span>{task.title}:</span>}
          {task.progress !== null && <ProgressText progress={task.progress} label={task.title} />}
          {task.outcome !== '' && <span class={task.hasFailed ? 'trouble' : 'note'}>{safeText(task.outcome)}</span>}
          <button
            type="button"
            class="remove"
            aria-label={task.progress === null ? 'Dismiss' : 'Cancel'}
            onClick={onRemove}
          >
            ×
          </button>
        </>
      )}
    </span>
  );
}

/** What POST /filter takes for the selection, or a sentence that says why it cannot. */
function filterWords(selection: Selection): SelectingWords | string {
  if (selection.some((one) => one.kind === 'rule' || (one.kind === 'trait' && one.value === 'blocked'))) {
    return 'A copy is made without rules, so it cannot follow what they blocked: select by label, name or host instead.';
  }
  return selectingWords(selection) ?? 'A copy cannot follow a search: pick labels, hosts, names or a period instead.';
}
