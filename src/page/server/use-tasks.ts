import { useCallback, useRef, useState } from 'preact/hooks';
import { Refused } from './requests.js';
import type { OnProgress, Progress, Sending } from './sendings.js';

/** What the page asks the server about an upload besides its report: one thing at a time. */
export interface Task {
  readonly title: string;
  /** Null once it is done or has failed. */
  readonly progress: Progress | null;
  /** What came of it, in words. */
  readonly outcome: string;
  readonly hasFailed: boolean;
}

/** A task to begin. */
interface TaskPlan<Answer> {
  readonly title: string;
  send(onProgress: OnProgress): Sending<Answer>;
  /** Returns what came of it, in words. */
  done(answer: Answer): string;
}

export interface Tasks {
  /** The last task of an upload, or null. */
  of(upload: number): Task | null;
  start<Answer>(upload: number, plan: TaskPlan<Answer>): void;
  /** Shows a sentence instead of a task. */
  tell(upload: number, title: string, sentence: string): void;
  /** Cancels the task of an upload where it is not done, and forgets it. */
  remove(upload: number): void;
}

/** The tasks of all uploads. They go on while another report is shown. */
export function useTasks(onSignedOut: () => void): Tasks {
  const [all, setAll] = useState<ReadonlyMap<number, Task>>(new Map());
  const sendings = useRef(new Map<number, Sending<unknown>>());
  const change = useCallback((upload: number, task: Task | null) => {
    setAll((before) => {
      const after = new Map(before);
      if (task === null) after.delete(upload);
      else after.set(upload, task);
      return after;
    });
  }, []);
  const remove = (upload: number): void => {
    sendings.current.get(upload)?.cancel();
    sendings.current.delete(upload);
    change(upload, null);
  };
  return {
    of: (upload) => all.get(upload) ?? null,
    start(upload, { title, send, done }) {
      remove(upload);
      const begun: Task = { title, progress: null, outcome: '', hasFailed: false };
      const sending = send((progress) => {
        if (sendings.current.get(upload) === sending) change(upload, { ...begun, progress });
      });
      sendings.current.set(upload, sending);
      change(upload, { ...begun, progress: { state: 'sending', done: 0, total: 0 } });
      sending.answer.then(
        (answer) => change(upload, { ...begun, outcome: done(answer) }),
        (error: Error) => {
          if (error.name === 'AbortError') return;
          if (error instanceof Refused && error.status === 401) onSignedOut();
          change(upload, { ...begun, outcome: error.message, hasFailed: true });
        },
      );
    },
    tell(upload, title, outcome) {
      remove(upload);
      change(upload, { title, progress: null, outcome, hasFailed: true });
    },
    remove,
  };
}
