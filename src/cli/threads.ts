import { serveTasks, type TaskFunctions } from '../system/thread-tasks.js';

/** What the threads of the program do, by the kind that starts them. */
const KINDS: Readonly<Record<string, () => Promise<TaskFunctions>>> = {
  uploads: () => import('../server/upload-tasks.js'),
  units: () => import('../usecases/batch/unit.js'),
};

/** Runs in a thread: does the tasks of `kind` until the thread is ended. */
export async function runThread(kind: string): Promise<void> {
  serveTasks(await KINDS[kind]!());
}
