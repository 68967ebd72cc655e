import { parentPort } from 'node:worker_threads';

/** A task for a thread: which of its functions, and for what. */
export interface ThreadTask {
  readonly name: string;
  readonly task: unknown;
}

/** What a thread sends back for a task. */
export type ThreadAnswer =
  | { readonly isDone: true; readonly value: unknown }
  | { readonly isDone: false; readonly error: unknown };

/** The functions of a thread by name. Each does one task; what it returns must be something that can be copied. */
export type TaskFunctions = Readonly<Record<string, (task: never) => unknown>>;

/** Does the tasks that a `ThreadPool` sends to this thread. */
export function serveTasks(functions: TaskFunctions): void {
  const port = parentPort!;
  port.on('message', async ({ name, task }: ThreadTask) => {
    let answer: ThreadAnswer;
    try {
      answer = { isDone: true, value: await functions[name]!(task as never) };
    } catch (error) {
      answer = { isDone: false, error };
    }
    port.postMessage(answer);
  });
}
