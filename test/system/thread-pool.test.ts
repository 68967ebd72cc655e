import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { ThreadPool, type ThreadPoolOptions } from '../../src/system/thread-pool.js';

/** Does tasks by name as `serveTasks` does. */
const PROGRAM = `const { parentPort, threadId } = require('node:worker_threads');
const functions = {
  echo: (task) => ({ task, threadId }),
  refuse: () => { throw new RangeError('no'); },
  exit: () => process.exit(3),
  crash: () => { setImmediate(() => { throw new Error('boom'); }); return new Promise(() => {}); },
  hang: () => { for (;;); },
};
parentPort.on('message', async ({ name, task }) => {
  try {
    parentPort.postMessage({ isDone: true, value: await functions[name](task) });
  } catch (error) {
    parentPort.postMessage({ isDone: false, error });
  }
});`;

interface Echo {
  readonly task: unknown;
  readonly threadId: number;
}

let pool: ThreadPool;
let started = 0;
afterEach(() => pool.close());

function open(options: Partial<ThreadPoolOptions> = {}): void {
  started = 0;
  const startThread = () => {
    started++;
    return new Worker(PROGRAM, { eval: true });
  };
  pool = new ThreadPool({ startThread, minThreads: 0, maxThreads: 1, idleMs: 60_000, ...options });
}

const echo = async (task: unknown) => (await pool.run('echo', task)) as Echo;

describe('a pool of threads', () => {
  it('does all tasks, in no more threads than it may have', async () => {
    open({ maxThreads: 2 });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(echo));
    expect(answers.map(({ task }) => task)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2);
    expect(started).toBe(2);
  });

  it("rejects with the error of a task's function, and keeps the thread", async () => {
    open();
    await expect(pool.run('refuse', null)).rejects.toThrow(RangeError);
    expect((await echo('next')).task).toBe('next');
    expect(started).toBe(1);
  });

  it.each([
    ['exit', 'the thread ended with code 3'],
    ['crash', 'boom'],
  ])('rejects a task that ends its thread by %s, and does the next one in another', async (name, message) => {
    open();
    // At once: the thread that ends must not get it.
    const next = pool.run(name, null).then(
      () => null,
      async (error: Error) => [error.message, (await echo('next')).task],
    );
    const waiting = echo('waiting');
    expect(await next).toEqual([message, 'next']);
    expect((await waiting).task).toBe('waiting');
    expect(started).toBe(2);
  });

  it('ends idle threads beyond those that stay', async () => {
    open({ idleMs: 1 });
    const { threadId } = await echo(1);
    // Again and again, so that some task comes while a thread ends.
    const others = new Set<number>();
    for (let n = 0; n < 50 || others.size === 0; n++) {
      await new Promise((wait) => setTimeout(wait, 1));
      const answer = await echo(n);
      if (answer.threadId !== threadId) others.add(answer.threadId);
    }
    expect(started).toBe(others.size + 1);
  });

  it('terminates the thread of a task whose signal aborts, and drops one that waits', async () => {
    open();
    const busy = new AbortController();
    const waiting = new AbortController();
    const first = pool.run('hang', null, { signal: busy.signal });
    const second = pool.run('echo', 2, { signal: waiting.signal });
    const third = echo(3);
    waiting.abort(new Error('left the queue'));
    await expect(second).rejects.toThrow('left the queue');
    busy.abort(new Error('gave up'));
    await expect(first).rejects.toThrow('gave up');
    expect((await third).task).toBe(3);
  });

  it('rejects what is left when it is closed', async () => {
    open();
    const tasks = [pool.run('hang', null), echo(2)];
    const ends = Promise.allSettled(tasks);
    await pool.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(echo(3)).rejects.toThrow('the threads have ended');
  });
});
